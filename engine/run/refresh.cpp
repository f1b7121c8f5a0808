#include "engine/run/refresh.h"

namespace scalekeep::run {

Result<void> refresh(StepRun& step)
{
    auto inventory = cluster::takeInventory(step.client);
    if (!inventory)
        return fail(inventory.error());
    if (const auto whole = inventory->whole(); !whole)
        return whole;
    const std::lock_guard lock(step.context.mutex);
    step.context.inventory = std::move(*inventory);
    return {};
}

} // namespace scalekeep::run
