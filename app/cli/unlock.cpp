#include "app/cli/target.h"

#include "engine/run/lock.h"

#include <QJsonDocument>

namespace scalekeep::cli {

using namespace Qt::Literals::StringLiterals;

namespace {
void declare(Arguments& arguments)
{
    arguments.positional(u"CLUSTER/NAMESPACE"_s, u"The namespace that a dead run has locked."_s);
    arguments.option(u"confirm"_s, u"The namespace, typed again."_s, u"NAMESPACE"_s);
}

int run(Program& program, const Arguments& arguments)
{
    const auto target = openTarget(program, arguments.at(0));
    if (!target)
        return program.console.error(target.error());
    const auto holder = run::Lock::show(target->client);
    if (!holder)
        return program.console.error(holder.error());
    if (!*holder) {
        program.console.line(u"Namespace %1 is not locked."_s.arg(target->namespaceName));
        return Done;
    }
    const run::LockInfo& info = **holder;
    program.console.line(u"Locked: %1 by %2 on %3 since %4 (run %5)."_s.arg(info.purpose, info.owner, info.host, info.since.toString(Qt::ISODate), info.runId));
    // With the lock go the originals: they are shown, so that they can still be put back by hand.
    program.console.line(u"It remembers: %1"_s.arg(QString::fromUtf8(QJsonDocument(info.originals).toJson(QJsonDocument::Compact))));
    if (arguments.value(u"confirm"_s) != target->namespaceName)
        return program.console.error({ErrorCode::Usage, u"Removing the lock of a run that still lives lets two runs change the same data: confirm with --confirm %1."_s.arg(target->namespaceName), {}, u"The lock was left."_s});
    if (const auto broken = run::Lock::breakLock(target->client); !broken)
        return program.console.error(broken.error());
    program.console.object({{u"type"_s, u"unlocked"_s}, {u"namespace"_s, target->namespaceName}, {u"runId"_s, info.runId}, {u"originals"_s, info.originals}});
    program.console.line(u"The lock was removed. Put back by hand what it remembers, where it is not as it was."_s);
    return Done;
}
} // namespace

const Command unlockCommand{"unlock", "Remove the lock that a dead run left in a namespace.", declare, run};

} // namespace scalekeep::cli
