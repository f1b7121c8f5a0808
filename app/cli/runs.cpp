#include "app/cli/program.h"

#include "engine/run/session.h"

namespace scalekeep::cli {

using namespace Qt::Literals::StringLiterals;

namespace {
void declare(Arguments&) {}

int run(Program& program, const Arguments&)
{
    const QStringList ids = run::Session::runs(program.home);
    for (const QString& id : ids) {
        const auto events = run::Journal::read(run::Session::journalPath(program.home, id));
        if (!events) {
            program.console.object({{u"type"_s, u"run"_s}, {u"runId"_s, id}, {u"state"_s, u"damaged"_s}, {u"message"_s, events.error().message}});
            program.console.line(u"%1  journal damaged: %2"_s.arg(id, events.error().message));
            continue;
        }
        QJsonObject plan;
        QString state = u"interrupted"_s; // no last event: the program died
        for (const run::Event& event : *events) {
            if (event.type == u"run-started")
                plan = event.data[u"plan"].toObject();
            else if (event.type == u"run-finished")
                state = event.data[u"state"].toString();
        }
        const QString started = events->isEmpty() ? QString{} : events->first().time.toString(Qt::ISODate), ended = events->isEmpty() ? QString{} : events->last().time.toString(Qt::ISODate);
        program.console.object({{u"type"_s, u"run"_s}, {u"runId"_s, id}, {u"kind"_s, plan[u"kind"]}, {u"cluster"_s, plan[u"cluster"]}, {u"namespace"_s, plan[u"namespace"]}, {u"state"_s, state}, {u"started"_s, started}, {u"ended"_s, ended}});
        program.console.line(u"%1  %2  %3/%4  %5  %6"_s.arg(id, plan[u"kind"].toString(), plan[u"cluster"].toString(), plan[u"namespace"].toString(), state, started));
    }
    if (ids.isEmpty())
        program.console.line(u"No runs yet."_s);
    return Done;
}
} // namespace

const Command runsCommand{"runs", "List earlier runs, newest first.", declare, run};

} // namespace scalekeep::cli
