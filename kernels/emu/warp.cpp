// Synchronisation of a warp: per mask and line, so that parts of a warp may synchronise separately.
#include <bit>

#include "kernels/api/error.h"
#include "kernels/emu/block.h"

namespace graft::emu {
namespace {

std::string lanes(uint32_t mask) {
  std::string text;
  while (mask) {
    const int first = std::countr_zero(mask), count = std::countr_one(mask >> first);
    if (!text.empty()) text += ",";
    text += count == 1 ? std::to_string(first) : fmt::format("{}-{}", first, first + count - 1);
    mask &= ~static_cast<uint32_t>(((uint64_t{1} << count) - 1) << first);
  }
  return text;
}

}  // namespace

void Block::meet_warp(uint32_t mask, void* slot, Resolve resolve, Where where) {
  const int w = current_ / 32, lane = current_ % 32;
  if (!(mask >> lane & 1))
    fail(Fault::bug, "lane {} calls a warp function at {} with mask {:#010x}, in which it is not", lane,
         line(where), mask);
  auto& meetings = warps_[w].meetings;
  size_t m = 0;
  while (m < meetings.size() &&
         !(meetings[m].mask == mask && meetings[m].resolve == resolve && same(meetings[m].where, where)))
    ++m;
  if (m == meetings.size()) meetings.push_back({where, mask, 0, resolve, {}});
  meetings[m].arrived |= 1u << lane;
  meetings[m].slots[lane] = slot;
  threads_[current_].state = State::at_warp;
  resolve_if_complete(w, m);
  if (threads_[current_].state == State::at_warp) wait(State::at_warp, where);
}

void Block::resolve_if_complete(int w, size_t m) {
  auto& meetings = warps_[w].meetings;
  Meeting& meeting = meetings[m];
  if (meeting.mask & ~(meeting.arrived | warps_[w].gone)) return;
  meeting.resolve(meeting.slots);
  for (int lane = 0; lane < 32; ++lane)
    if (meeting.arrived >> lane & 1) threads_[w * 32 + lane].state = State::ready;
  meeting = meetings.back();
  meetings.pop_back();
}

void Block::report_stuck_warp(int w, const Meeting& meeting) {
  const uint32_t missing = meeting.mask & ~(meeting.arrived | warps_[w].gone);
  const int other = w * 32 + std::countr_zero(missing);
  broken(fmt::format("a warp function at {} with mask {:#010x} waits for lanes {} of warp {}, which never come: {}",
                     line(meeting.where), meeting.mask, lanes(missing), w,
                     name(name(other), threads_[other].where)));
}

}  // namespace graft::emu
