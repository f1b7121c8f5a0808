#include "app/cli/target.h"

#include "engine/restore/putback.h"
#include "engine/run/lockbreak.h"
#include "engine/run/past.h"

#include <QJsonArray>
#include <QJsonDocument>

namespace scalekeep::cli {

using namespace Qt::Literals::StringLiterals;

namespace {
void declare(Arguments& arguments)
{
    arguments.positional(u"CLUSTER/NAMESPACE"_s, u"The namespace that a dead run has locked."_s);
    arguments.option(u"confirm"_s, u"The namespace, typed again."_s, u"NAMESPACE"_s);
    arguments.option(u"put-back"_s, u"Put back what the lock remembers, where the run's journal is lost: removes helper pods and staged files, starts what was stopped. "
                                    "While data is half-loaded nothing is started; it says what must be restored first."_s);
    arguments.option(u"accept-mixed"_s, u"With --put-back: starts what was stopped although some components hold what the run loaded and others may not."_s);
}

int takeOver(Program& program, const Target& target, const run::LockInfo& info, bool acceptMixed)
{
    const auto before = run::lookBeforePutBack(target.client, program.redactor, catalogueFolder(program), info);
    if (!before)
        return program.console.error(before.error());
    const auto back = restore::takeOver(target.client, before->catalog, program.redactor, before->identity, [&program](const QString& text) { program.console.line(u"   "_s + text); }, acceptMixed, &info);
    if (!back) {
        (void)program.console.error(back.error());
        program.console.line(u"The lock was kept. Run this again: what is back already stays so."_s);
        return NeedsAttention;
    }
    program.console.object({{u"type"_s, u"put-back"_s}, {u"namespace"_s, target.namespaceName}, {u"runId"_s, info.runId}, {u"halfLoaded"_s, QJsonArray::fromStringList(back->halfLoaded)}, {u"mixed"_s, QJsonArray::fromStringList(back->mixed)},
                            {u"started"_s, QJsonArray::fromStringList(back->started)}});
    if (back->halfLoaded.isEmpty() && back->mixed.isEmpty()) {
        program.console.line(u"What run %1 had stopped or changed is back; the lock was removed."_s.arg(info.runId));
        return Done;
    }
    run::LockInfo left = info;
    left.left = true;
    left.inFlight = {};
    for (const QString& id : back->halfLoaded)
        left.inFlight[id] = info.inFlight[id];
    left.loaded = {};
    for (const QString& id : back->mixed)
        left.loaded[id] = info.loaded[id];
    const QString remedy = run::Lock::remedy(left, target.namespaceName);
    program.console.line(back->halfLoaded.isEmpty() ? u"Nothing is started on data of different times. %1"_s.arg(remedy) : u"Nothing is started on half-loaded data: %1. %2"_s.arg(back->halfLoaded.join(u", "_s), remedy));
    return NeedsAttention;
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
    program.console.line(u"Locked: %1"_s.arg(run::Lock::describe(info)));
    // With the lock go the originals: who puts them back by hand sees them first.
    program.console.line(u"It remembers: %1"_s.arg(QString::fromUtf8(QJsonDocument(info.originals).toJson(QJsonDocument::Compact))));
    if (arguments.value(u"confirm"_s) != target->namespaceName)
        return program.console.error({ErrorCode::Usage, u"Taking the lock from a run that still lives stops it half-way: confirm with --confirm %1."_s.arg(target->namespaceName), {},
                                      u"The lock was left. With --put-back, what it remembers is put back first; without, that is saved in a file, and the lock only removed."_s});
    if (const auto may = mayChange(program, target->cluster); !may)
        return program.console.error(may.error());
    if (const auto past = run::readPast(program.home, info.runId); past && past->state == u"running")
        return program.console.error({ErrorCode::Locked, u"Run %1 is being worked on by another process of this workstation."_s.arg(info.runId), {}, u"The lock was left. Wait until that run ends, or end it there."_s});
    if (arguments.isSet(u"put-back"_s))
        return takeOver(program, *target, info, arguments.isSet(u"accept-mixed"_s));
    const run::Broken broken = run::breakLock(target->client, program.home, info);
    if (broken.error) {
        const Exit code = program.console.error(*broken.error);
        if (!broken.file.isEmpty()) {
            program.console.object({{u"type"_s, u"lock-saved"_s}, {u"namespace"_s, target->namespaceName}, {u"runId"_s, info.runId}, {u"file"_s, broken.file}});
            program.console.line(u"What the lock remembered when it was shown is also in %1."_s.arg(broken.file));
        }
        return broken.begun ? NeedsAttention : code;
    }
    program.console.object({{u"type"_s, u"unlocked"_s}, {u"namespace"_s, target->namespaceName}, {u"runId"_s, info.runId}, {u"originals"_s, info.originals}, {u"file"_s, broken.file}});
    program.console.line(u"The lock was removed. Put back by hand what it remembered, where it is not as it was. It was saved as %1."_s.arg(broken.file));
    return Done;
}
} // namespace

const Command unlockCommand{"unlock", "Remove the lock that a dead run left in a namespace, or put back what it remembers.", declare, run};

} // namespace scalekeep::cli
