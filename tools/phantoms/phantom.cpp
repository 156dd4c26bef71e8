#include "tools/phantoms/phantom.h"

#include "tools/phantoms/phantom_head.h"

namespace graft {
namespace {

using namespace phantom;

// A lesion in head coordinates: an irregular ellipse that displaces the surrounding brain.
class Mass {
 public:
  Mass(Lesion lesion, RandomStream& random) : lesion_(lesion), surface_(random) {
    const float angle = random.uniform(-0.6f, 3.74f), side = random.below(2) == 0 ? -1.f : 1.f;
    turn_ = random.uniform(0, 3.14f);
    aspect_ = random.uniform(0.75f, 1.3f);
    uneven_ = random.uniform(0.1f, 0.3f);
    bright_ = random.uniform(0.55f, 0.85f);
    edema_ = random.uniform(0.25f, 0.6f);
    cyst_ = 0;
    if (lesion == Lesion::ring) {
      radius_ = random.uniform(0.1f, 0.22f);
      center_ = {side * random.uniform(0.22f, 0.5f), random.uniform(-0.45f, 0.5f)};
      cyst_ = random.uniform(0.55f, 0.8f);
    } else if (lesion == Lesion::meningeal) {
      radius_ = random.uniform(0.12f, 0.26f);
      const float r = Head::kBrain - radius_ * random.uniform(0.25f, 0.6f);
      center_ = {r * std::cos(angle), r * std::sin(angle)};
      turn_ = angle;
      aspect_ = random.uniform(0.65f, 0.95f);  // flat against the bone
      uneven_ *= 0.5f;
      edema_ *= 0.6f * random.uniform();
    } else {
      radius_ = random.uniform(0.08f, 0.17f);
      center_ = {random.uniform(-0.02f, 0.02f), random.uniform(-0.19f, -0.1f)};
      turn_ = 0;
      uneven_ *= 0.6f;
      cyst_ = random.below(3) == 0 ? random.uniform(0.3f, 0.6f) : 0;
      edema_ = 0;
    }
  }

  // Below 1 inside.
  float reach(Point p) const {
    const Point d = rotated(p - center_, -turn_);
    const float m = length({d.x / aspect_, d.y * aspect_}) / radius_;
    return m / (1 + uneven_ * surface_.rough((1.1f / radius_) * (p - center_)));
  }

  bool contains(Point p, const Head& head) const {
    return reach(p) < 1 && (lesion_ != Lesion::meningeal || head.radius(p) < Head::kBrain + 0.012f);
  }

  // The original position of the tissue that the mass has displaced to p.
  Point undisturbed(Point p, const Head& head) const {
    const Point d = p - center_;
    const float m = length(d) / radius_;
    const float push = 0.5f * radius_ * std::exp(-0.35f * m * m) * below(head.radius(p), 0.8f, 0.15f);
    const float distance = length(d);
    return distance < 1e-6f ? p : center_ + (std::max(distance - push, 0.f) / distance) * d;
  }

  float over(float v, Point p, const Head& head) const {
    const float m = reach(p), within = below(head.radius(p), Head::kBrain + 0.012f);
    const float swollen = below(m, 1.9f + 0.9f * surface_.at(6 * p), 0.7f);
    v = mix(v, mix(head.white(), head.fluid(), 0.75f), edema_ * swollen * within);
    if (lesion_ == Lesion::meningeal)
      v = mix(v, head.fluid(), 0.6f * below(std::abs(m - 1.05f), 0.07f, 0.06f) * within);
    const float speckle = 1 + 0.12f * surface_.rough(25 * p);
    v = mix(v, bright_ * speckle, below(m, 1, 0.08f) * within);
    if (lesion_ == Lesion::meningeal) {  // the tail: enhanced dura beside the mass
      const float dura = std::abs(head.radius(p) - Head::kBrain - 0.008f);
      v = mix(v, bright_, below(dura, 0.013f) * below(m, 1.7f, 0.4f));
    }
    if (cyst_ == 0) return v;
    const float core = m + 0.25f * surface_.at(14 * p);
    return mix(v, mix(head.fluid(), head.white(), 0.3f), below(core, cyst_, 0.12f));
  }

 private:
  Lesion lesion_;
  Point center_;
  float radius_, turn_, aspect_, uneven_, bright_, edema_, cyst_;
  Noise surface_;
};

// Position of the head in the picture and scanner effects: coil sensitivity, Rician noise (as in magnitude
// images), brightness and contrast of the display.
class Scanner {
 public:
  explicit Scanner(RandomStream& random)
      : shift_{random.uniform(-0.05f, 0.05f), random.uniform(-0.05f, 0.05f)},
        angle_(random.uniform(-0.22f, 0.22f)),
        width_(random.uniform(0.66f, 0.8f)),
        height_(width_ * random.uniform(1.13f, 1.24f)),
        noise_(random.uniform(0.008f, 0.03f)),
        gain_(random.uniform(0.75f, 1.15f)),
        gamma_(random.uniform(0.8f, 1.15f)) {
    for (float& b : bias_) b = random.uniform(-0.16f, 0.16f);
  }

  // Maps p, in [-1, 1] across the picture, to head coordinates.
  Point head_frame(Point p) const {
    const Point q = rotated(p - shift_, angle_);
    return {q.x / width_, q.y / height_};
  }

  uint8_t expose(float v, Point p, RandomStream& random) const {
    const float bias = std::exp(bias_[0] * p.x + bias_[1] * p.y + bias_[2] * p.x * p.x + bias_[3] * p.x * p.y +
                                bias_[4] * p.y * p.y);
    const float a = v * bias + noise_ * random.normal(), b = noise_ * random.normal();
    const float shown = gain_ * std::pow(std::sqrt(a * a + b * b), gamma_);
    return static_cast<uint8_t>(std::clamp(shown * 255, 0.f, 255.f) + 0.5f);
  }

 private:
  Point shift_;
  float angle_, width_, height_, noise_, gain_, gamma_;
  float bias_[5];
};

}  // namespace

Phantom draw_phantom(Lesion lesion, uint64_t seed, uint64_t index, int size) {
  if (size < 16 || size > 4096)
    fail(Fault::usage, "phantoms of size {}: the side must have 16 to 4096 pixels", size);
  RandomStream random(seed, Purpose::demo, index), grain(seed, Purpose::demo, index, 1);
  const bool low = random.below(2) == 0 || lesion == Lesion::sellar;
  const Head head(random, low);
  const Scanner scanner(random);
  const Mass mass(lesion, random);

  Phantom drawn;
  drawn.image = {size, size, std::vector<uint8_t>(size_t(size) * size * 3)};
  drawn.mask = drawn.image;
  for (int y = 0; y < size; ++y)
    for (int x = 0; x < size; ++x) {
      const Point picture = {(2 * x + 1.f) / size - 1, (2 * y + 1.f) / size - 1};
      const Point p = scanner.head_frame(picture);
      const bool sick = lesion != Lesion::none;
      float v = head.brightness(sick ? mass.undisturbed(p, head) : p);
      if (sick) v = mass.over(v, p, head);
      const uint8_t gray = scanner.expose(v, picture, grain);
      const uint8_t marked = sick && mass.contains(p, head) ? 255 : 0;
      const size_t at = (size_t(y) * size + x) * 3;
      std::fill_n(&drawn.image.rgb[at], 3, gray);
      std::fill_n(&drawn.mask.rgb[at], 3, marked);
    }
  return drawn;
}

}  // namespace graft
