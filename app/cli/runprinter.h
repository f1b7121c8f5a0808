#pragma once

#include "app/cli/console.h"
#include "engine/restore/changes.h"
#include "engine/run/check.h"
#include "engine/run/session.h"

namespace scalekeep::cli {

/// Shows a run as it happens, from its events: text for people, objects with --json. Called from several threads.
class RunPrinter {
public:
    RunPrinter(Console& console, const plan::Plan& plan) : m_console(console), m_plan(plan) {}
    void show(const run::Event& event);

private:
    Console& m_console;
    const plan::Plan& m_plan;
};

void printPlan(Console& console, const plan::Plan& plan);
/// All of them with --dry-run; otherwise what did not pass.
void printChecks(Console& console, const QList<run::Check>& checks, bool all);
/// What a restore will change: rolled up, or every entry. With --json one object a line; `path` leads to the entry.
void printChanges(Console& console, const QList<restore::Change>& changes, bool all);
/// The exit code of failed checks: login and rights have their own.
Exit exitOf(const QList<run::Check>& checks);
/// The answers of the steps that proved something, by component.
QJsonObject provenParts(const run::Session::Ended& ended);
/// Prints how a run ended and answers the exit code.
Exit printOutcome(Console& console, const run::Session::Ended& ended, const plan::Plan& plan);

} // namespace scalekeep::cli
