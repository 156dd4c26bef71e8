#include "tools/phantoms/phantom_head.h"

namespace graft::phantom {
namespace {

float distance_to_segment(Point p, Point a, Point b) {
  const Point d = b - a, q = p - a;
  const float t = std::clamp((q.x * d.x + q.y * d.y) / (d.x * d.x + d.y * d.y), 0.f, 1.f);
  return length(q - t * d);
}

// Below 1 inside the ellipse.
float ellipse(Point p, Point center, float rx, float ry) {
  return length({(p.x - center.x) / rx, (p.y - center.y) / ry});
}

}  // namespace

Noise::Noise(RandomStream& random) : lattice_(kSide * kSide) {
  for (float& v : lattice_) v = random.uniform(-1, 1);
}

float Noise::at(Point p) const {
  const float fx = std::floor(p.x), fy = std::floor(p.y);
  const auto smooth = [](float t) { return t * t * t * (t * (t * 6 - 15) + 10); };
  const float tx = smooth(p.x - fx), ty = smooth(p.y - fy);
  const auto value = [&](int dx, int dy) {
    return lattice_[((static_cast<int>(fy) + dy) & (kSide - 1)) * kSide +
                    ((static_cast<int>(fx) + dx) & (kSide - 1))];
  };
  return mix(mix(value(0, 0), value(1, 0), tx), mix(value(0, 1), value(1, 1), tx), ty);
}

float Noise::rough(Point p) const {
  return (at(p) + 0.5f * at(2 * p + Point{5.2f, 1.3f}) + 0.25f * at(4 * p + Point{2.8f, 9.1f})) / 1.75f;
}

Head::Head(RandomStream& random, bool low) : low_(low), folds_(random), texture_(random), warp_(random) {
  for (int k = 0; k < 3; ++k) {
    harmonic_[k] = random.uniform(0, 0.022f);
    phase_[k] = random.uniform(0, 6.283f);
  }
  white_ = random.uniform(0.36f, 0.46f);
  gray_ = white_ * random.uniform(0.62f, 0.82f);
  fluid_ = random.uniform(0.06f, 0.14f);
  fat_ = random.uniform(0.65f, 0.95f);
  bone_ = random.uniform(0.04f, 0.09f);
  enhanced_ = random.uniform(0.65f, 0.85f);
  sulcus_ = random.uniform(0.03f, 0.1f);
  ventricle_ = random.uniform(0.65f, 1.7f);
  tilt_ = random.uniform(-0.3f, 0.3f);
  bend_ = random.uniform(-0.025f, 0.025f);
  stem_ = random.uniform(0.85f, 1.15f);
  for (int i = 0, count = 6 + static_cast<int>(random.below(12)); i < count; ++i) {
    const float angle = random.uniform(0, 6.283f), r = random.uniform(0.3f, 0.85f);
    vessels_.push_back({r * std::cos(angle), r * std::sin(angle)});
  }
}

float Head::radius(Point p) const {
  const float angle = std::atan2(p.y, p.x);
  float outline = 1;
  for (int k = 0; k < 3; ++k) outline += harmonic_[k] * std::cos((k + 2) * angle + phase_[k]);
  return length(p) / outline;
}

float Head::brightness(Point p) const {
  const float r = radius(p);
  if (r > 1.05f) return 0;
  if (r > kBrain + 0.04f) return shell(p, r);
  return mix(shell(p, r), brain(p, r), below(r, kBrain + 0.008f * warp_.at(9 * p)));
}

// Skin and fat, outer table, marrow, inner table, fluid.
float Head::shell(Point p, float r) const {
  float v = 0.02f;
  v = mix(v, fat_ * (0.85f + 0.25f * texture_.rough(7 * p)), below(r, 1));
  v = mix(v, 0.35f * fat_, below(r, 0.965f) * (0.5f + 0.5f * warp_.at(5 * p)));
  v = mix(v, bone_, below(r, 0.95f));
  v = mix(v, 0.4f * fat_ * (0.8f + 0.4f * texture_.at(11 * p)), below(std::abs(r - 0.921f), 0.009f));
  v = mix(v, 0.8f * white_, below(r, 0.893f, 0.008f));  // dura
  return mix(v, fluid_, below(r, 0.884f, 0.008f));
}

float Head::brain(Point p, float r) const {
  const Point w = p + 0.1f * Point{warp_.rough(3 * p), warp_.rough(3 * p + Point{7.7f, 3.1f})};
  const float depth = kBrain - r;
  // Folds: a sulcus, filled with fluid and lined with gray matter, runs along each zero crossing of the noise.
  const float crease = std::abs(folds_.at(8 * w) + 0.35f * folds_.at(16 * w)) + 0.25f * std::max(depth - 0.1f, 0.f);
  const float outer = below(depth, 0.27f, 0.25f);
  const float cortex = std::max(below(crease, 0.3f, 0.1f) * outer, below(depth, 0.045f, 0.03f));
  float v = mix(white_, gray_, cortex);
  if (low_ ? ellipse(p, {midline(0), 0.5f}, 0.52f, 0.3f) > 1.02f : true)
    v = mix(v, fluid_, below(crease, sulcus_, 0.1f) * outer);
  v = low_ ? low_level(w, v) : high_level(w, v);
  v = vessels(p, v);
  return v * (1 + 0.10f * texture_.rough(14 * p) + 0.05f * texture_.at(40 * p));
}

// Basal ganglia, the fissure with the falx, the lateral and the third ventricle with choroid plexus.
float Head::high_level(Point p, float v) const {
  for (const float side : {-1.f, 1.f}) {
    const Point m = {side * (p.x - midline(p.y)), p.y};  // mirrored, so that both sides are treated alike
    v = mix(v, gray_, 0.8f * below(ellipse(m, {0.17f, 0.08f}, 0.11f, 0.16f), 1, 0.15f));
    v = mix(v, gray_, 0.7f * below(ellipse(rotated(m, 0.25f), {0.33f, -0.1f}, 0.07f, 0.2f), 1, 0.2f));
    v = mix(v, gray_, 0.8f * below(ellipse(m, {0.17f, -0.24f}, 0.06f, 0.1f), 1, 0.2f));
    const float size = 0.045f * ventricle_ * (1 + side * tilt_);
    const float front =
        distance_to_segment(m, {0.15f, -0.33f}, {0.035f, -0.12f}) - (0.4f - 1.4f * (m.y + 0.1f)) * size;
    const float body = distance_to_segment(m, {0.035f, -0.12f}, {0.04f, 0.02f}) - 0.4f * size;
    const float back =
        distance_to_segment(m, {0.13f, 0.22f}, {0.27f, 0.42f}) - (0.3f + 1.8f * (m.y - 0.15f)) * size;
    v = mix(v, fluid_, below(std::min({front, body, back}), 0));
    v = mix(v, enhanced_, below(ellipse(m, {0.19f, 0.31f}, 0.035f, 0.025f), 1, 0.5f));
  }
  const float across = std::abs(p.x - midline(p.y));
  v = mix(v, fluid_, below(across, 0.008f * ventricle_) * below(std::abs(p.y - 0.06f), 0.12f, 0.05f));
  const float fissure = below(-p.y, -0.4f, 0.05f) + below(p.y, -0.42f, 0.05f);
  v = mix(v, fluid_, below(across, 0.016f, 0.016f) * fissure);
  return mix(v, 0.75f * enhanced_, below(across, 0.005f, 0.008f) * fissure);
}

// Suprasellar cistern with the pituitary stalk, Sylvian fissures, midbrain, cerebellum with its folia, eyes.
float Head::low_level(Point p, float v) const {
  const Point m = {std::abs(p.x - midline(p.y)), p.y};
  const float folia = 0.5f + 0.5f * std::sin(48 * length(m - Point{0, 0.15f}) + 6 * warp_.at(3 * p));
  const float cerebellum = below(ellipse(m, {0, 0.5f}, 0.5f, 0.28f), 1, 0.05f);
  v = mix(v, fluid_, below(std::abs(ellipse(m, {0, 0.5f}, 0.5f, 0.28f) - 1), 0.03f, 0.04f));
  v = mix(v, mix(gray_, mix(fluid_, gray_, 0.5f), 0.6f * folia), cerebellum);
  v = mix(v, white_, below(ellipse(m, {0.2f, 0.45f}, 0.16f, 0.1f), 1, 0.4f));
  v = mix(v, white_, below(ellipse(m, {0, 0.45f}, 0.07f, 0.2f), 1, 0.4f) * 0.7f);
  const float star = std::min({distance_to_segment(m, {0, -0.26f}, {0, -0.05f}) - 0.05f,
                               distance_to_segment(m, {0, -0.1f}, {0.24f, -0.2f}) - 0.035f,
                               distance_to_segment(m, {0.05f, -0.04f}, {0.22f, 0.14f}) - 0.028f});
  v = mix(v, fluid_, below(star, 0.01f * ventricle_));
  const float sylvian = distance_to_segment(m, {0.24f, -0.2f}, {0.62f, -0.3f}) - 0.012f;
  v = mix(v, fluid_, below(sylvian, 0.006f * ventricle_));
  v = mix(v, white_, below(ellipse(m, {0, 0.1f}, 0.15f * stem_, 0.13f * stem_), 1, 0.08f));
  v = mix(v, fluid_, below(ellipse(m, {0, 0.2f}, 0.025f * ventricle_, 0.02f), 1, 0.3f));
  v = mix(v, enhanced_, below(ellipse(m, {0, -0.13f}, 0.026f, 0.026f), 1, 0.4f));   // pituitary stalk
  v = mix(v, enhanced_, below(ellipse(m, {0.1f, -0.14f}, 0.02f, 0.02f), 1, 0.5f));  // carotids
  v = mix(v, enhanced_, below(ellipse(m, {0, -0.04f}, 0.016f, 0.016f), 1, 0.5f));   // basilar artery
  const float orbit = ellipse(m, {0.34f, -0.72f}, 0.23f, 0.2f);
  v = mix(v, bone_, below(orbit, 1.1f, 0.05f));
  v = mix(v, 0.8f * fat_, below(orbit, 1, 0.05f));
  const float eye = ellipse(m, {0.35f, -0.76f}, 0.145f, 0.125f);
  v = mix(v, enhanced_ * 0.7f, below(eye, 1, 0.06f));
  v = mix(v, fluid_ * 1.3f, below(eye, 0.87f, 0.06f));
  const float fissure = below(p.y, -0.3f, 0.05f);
  return mix(v, mix(fluid_, enhanced_, below(m.x, 0.005f, 0.008f) * 0.6f), below(m.x, 0.016f, 0.016f) * fissure);
}

// Small bright dots of varied size, and the sinus at the back of the midline.
float Head::vessels(Point p, float v) const {
  for (size_t i = 0; i < vessels_.size(); ++i)
    v = mix(v, enhanced_, below(length(p - vessels_[i]), 0.006f + 0.0009f * static_cast<float>(i % 8)));
  return mix(v, enhanced_, below(ellipse(p, {midline(0.85f), 0.85f}, 0.05f, 0.035f), 1, 0.3f));
}

}  // namespace graft::phantom
