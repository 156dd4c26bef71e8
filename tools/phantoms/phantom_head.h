// The head of a phantom: tissue and brightness as a function of position. Head coordinates: x to the patient's
// left, y to the back; the skin lies near the unit circle.
#pragma once
#include <algorithm>
#include <cmath>
#include <vector>

#include "engine/base/rng.h"

namespace graft::phantom {

struct Point {
  float x, y;
};
inline Point operator+(Point a, Point b) { return {a.x + b.x, a.y + b.y}; }
inline Point operator-(Point a, Point b) { return {a.x - b.x, a.y - b.y}; }
inline Point operator*(float s, Point a) { return {s * a.x, s * a.y}; }
inline float length(Point a) { return std::sqrt(a.x * a.x + a.y * a.y); }
inline Point rotated(Point a, float angle) {
  const float c = std::cos(angle), s = std::sin(angle);
  return {c * a.x - s * a.y, s * a.x + c * a.y};
}

inline float mix(float a, float b, float share) { return a + (b - a) * share; }

// 1 where distance is below the edge and 0 where above, with a soft transition of the given width.
inline float below(float distance, float edge, float width = 0.012f) {
  return std::clamp((edge - distance) / width + 0.5f, 0.f, 1.f);
}

// Smooth noise in [-1, 1] with features of size about 1, periodic with kSide.
class Noise {
 public:
  explicit Noise(RandomStream& random);
  float at(Point p) const;
  float rough(Point p) const;  // three octaves

 private:
  static constexpr int kSide = 32;
  std::vector<float> lattice_;
};

// A head at one of two levels: through the lateral ventricles, or (low) through the suprasellar cistern.
class Head {
 public:
  Head(RandomStream& random, bool low);

  // Radial coordinate: 1 on the skin; the brain ends near kBrain.
  float radius(Point p) const;
  static constexpr float kBrain = 0.872f;

  float brightness(Point p) const;  // 0 (air) to about 1

  float white() const { return white_; }
  float fluid() const { return fluid_; }

 private:
  float shell(Point p, float r) const;
  float brain(Point p, float r) const;
  float high_level(Point p, float tissue) const;
  float low_level(Point p, float tissue) const;
  float midline(float y) const { return bend_ * (1 - y * y); }
  float vessels(Point p, float tissue) const;

  bool low_;
  float harmonic_[3], phase_[3];
  float gray_, white_, fluid_, fat_, bone_, enhanced_;
  float sulcus_, ventricle_, tilt_, bend_, stem_;
  std::vector<Point> vessels_;
  Noise folds_, texture_, warp_;
};

}  // namespace graft::phantom
