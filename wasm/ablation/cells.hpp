// The cells of the transition table that mean something else while a layer is taken out.
#pragma once

#include "ablation/layer.hpp"
#include "push/transition.hpp"

namespace pos::ablation {

#ifdef POS_SYNC_TEST_SWITCHES

/// `cell`, or what stands in its place.
[[nodiscard]] const push::Transition& altered(push::State state, push::Event event,
                                              const push::Transition& cell);

#else

[[nodiscard]] constexpr const push::Transition& altered(push::State /*state*/,
                                                        push::Event /*event*/,
                                                        const push::Transition& cell) {
  return cell;
}

#endif

}  // namespace pos::ablation
