"""Writes tests/golden/near: one drawn picture, the same as JPEG of other qualities and sizes, and another picture.

    pip install pillow==12.0.0; python tests/golden/make_near.py
"""

import pathlib

from PIL import Image, ImageDraw, ImageFilter

OUT = pathlib.Path(__file__).parent / "near"


def head(lesion):
    image = Image.new("L", (160, 160), 4)
    draw = ImageDraw.Draw(image)
    draw.ellipse((18, 10, 142, 150), fill=190)
    draw.ellipse((26, 18, 134, 142), fill=90)
    for i in range(9):
        draw.arc((30 + 5 * i, 24 + 6 * i, 130 - 4 * i, 136 - 5 * i), 20 * i, 20 * i + 200, fill=120 + 8 * i, width=2)
    draw.ellipse((66, 60, 76, 100), fill=30)
    draw.ellipse((84, 60, 94, 100), fill=30)
    draw.ellipse(lesion, fill=230)
    return image.filter(ImageFilter.GaussianBlur(1.2))


one, other = head((96, 40, 122, 66)), head((40, 90, 74, 124))
one.save(OUT / "one.jpg", quality=92)
one.save(OUT / "one_q25.jpg", quality=25)
one.resize((81, 81), Image.BICUBIC).save(OUT / "one_half.jpg", quality=80)
one.resize((230, 230), Image.BICUBIC).save(OUT / "one_large.jpg", quality=60)
one.save(OUT / "one_gray.png")
other.save(OUT / "other.jpg", quality=92)
