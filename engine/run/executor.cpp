#include "engine/run/executor.h"

#include "engine/run/execution.h"

namespace scalekeep::run {

Executor::Executor(const Handlers& handlers, Journal& journal, EventSink live) : Executor(handlers, journal, std::move(live), Guards{}) {}

Executor::Executor(const Handlers& handlers, Journal& journal, EventSink live, Guards guards)
    : m_handlers(handlers), m_journal(journal), m_live(std::move(live)), m_guards(std::move(guards))
{
}

Outcome Executor::run(const plan::Plan& plan, Context& context, std::stop_token stop)
{
    return Execution(*this, plan, context).execute(stop);
}

Outcome Executor::resume(const plan::Plan& plan, Context& context, const QList<Event>& history, std::stop_token stop)
{
    Execution execution(*this, plan, context);
    execution.recall(history);
    return execution.resume(stop);
}

Outcome Executor::undo(const plan::Plan& plan, Context& context, const QList<Event>& history, std::stop_token stop)
{
    Execution execution(*this, plan, context);
    execution.recall(history);
    return execution.undoAll(stop);
}

} // namespace scalekeep::run
