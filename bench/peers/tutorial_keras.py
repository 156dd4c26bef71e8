"""The script of the tutorials on transfer learning with VGG in Keras, and its numbers as options.

    python tutorial_keras.py DATA [--trunk vgg16] [--weights imagenet] [--epochs 5] [--steps-per-epoch N] [--json FILE]

DATA has train/<class>/ and test/<class>/. The script is as published but for what current Keras (3.15) needs to run it
at all: Adam(learning_rate=) for Adam(lr=), which Keras 3 refuses and TensorFlow 2.11 to 2.15 ignored; fit() for
fit_generator(); and ImageDataGenerator imported from where it is now. It scores the test images once, at the end.
KERAS_BACKEND says what computes: tensorflow, jax or torch.
"""

import argparse
import json
import os
import time

os.environ.setdefault("KERAS_BACKEND", "tensorflow")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import keras
from keras._tf_keras.keras.preprocessing.image import ImageDataGenerator
from keras.layers import Dense, Flatten
from keras.models import Model
from keras.optimizers import Adam

TRUNKS = {"vgg16": keras.applications.VGG16, "vgg19": keras.applications.VGG19}


def make_model(trunk, weights, size, classes, unfreeze="none", rate=1e-4):
    """weights: "imagenet", None or a file. unfreeze: "none", or a prefix of the names of layers ("block5")."""
    base_model = TRUNKS[trunk](weights=weights, include_top=False, input_shape=(size, size, 3))
    for layer in base_model.layers:
        layer.trainable = layer.name.startswith(unfreeze)
    x = Flatten()(base_model.output)
    x = Dense(1024, activation="relu")(x)
    predictions = Dense(classes, activation="softmax")(x)
    model = Model(inputs=base_model.input, outputs=predictions)
    model.compile(optimizer=Adam(learning_rate=rate), loss="categorical_crossentropy", metrics=["accuracy"])
    return model


def images(folder, size, batch, shuffle, seed=None):
    datagen = ImageDataGenerator(rescale=1.0 / 255)
    return datagen.flow_from_directory(folder, target_size=(size, size), batch_size=batch, class_mode="categorical",
                                       shuffle=shuffle, seed=seed)  # fmt: skip


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data")
    parser.add_argument("--trunk", choices=TRUNKS, default="vgg16")
    parser.add_argument("--weights", default="imagenet")
    parser.add_argument("--epochs", type=int, default=5)
    parser.add_argument("--steps-per-epoch", type=int, help="default: full passes")
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--size", type=int, default=224)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json")
    options = parser.parse_args()

    keras.utils.set_random_seed(options.seed)
    train = images(f"{options.data}/train", options.size, options.batch, True, options.seed)
    test = images(f"{options.data}/test", options.size, options.batch, False)
    model = make_model(options.trunk, options.weights, options.size, len(train.class_indices))
    start = time.perf_counter()
    history = model.fit(train, epochs=options.epochs, steps_per_epoch=options.steps_per_epoch, verbose=2).history
    trained = time.perf_counter()
    loss, accuracy = model.evaluate(test, verbose=0)
    print(f"test loss {loss:.4f}, accuracy {accuracy:.4f}")
    if options.json:
        with open(options.json, "w") as file:
            json.dump({"peer": f"Keras {keras.__version__} on {keras.backend.backend()}", "losses": history["loss"],
                       "accuracies": history["accuracy"], "test_loss": loss, "test_accuracy": accuracy,
                       "train_seconds": trained - start, "test_seconds": time.perf_counter() - trained}, file)  # fmt: skip


if __name__ == "__main__":
    main()
