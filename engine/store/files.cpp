#include "engine/store/files.h"

#include "engine/store/helper.h"
#include "engine/store/leftovers.h"
#include "engine/store/proof.h"
#include "engine/store/recall.h"

namespace scalekeep::store::files {

using namespace Qt::Literals::StringLiterals;

namespace {
/// What this program keeps in the volume for a while; a name that no user's own file has, for it is left out of a backup.
const QString ownPrefix = leftovers::inFiles;
constexpr int tarSomeDiffer = 1;     // GNU tar's status for files that changed or went while it read, but also for one whose end it filled up with zeros
constexpr int namedFiles = 20;
constexpr qsizetype longestLine = 300;
constexpr qsizetype mostWords = 60'000; // of the 64 KiB that are kept

QString beside(const run::StepRun& step, const QString& what)
{
    return u"%1/%2%3-%4"_s.arg(helper::volumePath, ownPrefix, step.context.nonce, what);
}

Result<QByteArray> scriptIn(run::StepRun& step, const Result<oc::PodRef>& pod, const QString& text, const QString& doing)
{
    if (!pod)
        return fail(pod.error());
    // $1 volume, $2 new tree, $3 old tree, $4 how far the swap went
    return runLong(step, *pod, {storeShell, u"-c"_s, u"set -e; "_s + text, orphanMark(step.context), helper::volumePath, beside(step, u"new"_s), beside(step, u"old"_s), beside(step, u"state"_s)}, doing);
}

Result<QByteArray> script(run::StepRun& step, const QString& text, const QString& doing)
{
    return scriptIn(step, helper::container(step, step.step.component), text, doing);
}

/// For an undo: the helper pod may be gone by then.
Result<void> back(run::StepRun& step, const QString& text, const QString& doing)
{
    const auto done = scriptIn(step, helper::ensure(step), text, doing);
    return done ? Result<void>{} : Result<void>(fail(done.error()));
}

/// Moves every entry of $1 but ours and the file system's own; names may hold anything.
const QString moveEntries = u"mv_all() { find \"$1\" -mindepth 1 -maxdepth 1 ! -name '.scalekeep-run-*' ! -name lost+found -exec mv -t \"$2\" -- {} +; }; "_s;

class DumpHandler : public run::Handler {
public:
    Result<QJsonObject> run(run::StepRun& step) const override
    {
        const auto component = componentOf(step);
        if (!component)
            return fail(component.error());
        if (const QString first = step.step.parameters[u"afterSnapshotOf"].toString(); !first.isEmpty()) {
            if (const auto waited = awaitSnapshot(step, first); !waited)
                return fail(waited.error());
        }
        const bool byHelper = step.step.parameters[u"helper"].toBool();
        const auto pod = byHelper ? helper::container(step, (*component)->id) : containerOf(step, **component);
        if (!pod)
            return fail(pod.error());
        Dump dump = dumpOf(**component, *pod, byHelper ? helper::volumePath : (*component)->dataDirectory);
        dump.notes = [byHelper, id = (*component)->id](const oc::StreamProof& read) { return notesOf(read, id, byHelper); };
        auto answer = dumpToBundle(step, dump);
        if (!answer && answer.error().code == ErrorCode::Conflict) {
            step.log(u"%1 It is read once more."_s.arg(answer.error().message));
            answer = dumpToBundle(step, dump);
        }
        return answer;
    }
    Result<bool> recall(run::StepRun& step, const QJsonObject& result) const override { return recallDump(step, result); }
};

class StageHandler : public run::Handler {
public:
    Result<QJsonObject> run(run::StepRun& step) const override
    {
        const auto pod = helper::container(step, step.step.component);
        if (!pod)
            return fail(pod.error());
        const bundle::Stream* stream = step.context.reader->stream(step.step.component, u"files.tar"_s);
        if (!stream)
            return fail(ErrorCode::BadInput, u"The bundle has no files of %1."_s.arg(step.step.component));
        // The volume will hold the new tree beside the old one; the staged archive had better lie elsewhere.
        const auto staged = stageInPod(step, *step.context.reader, *stream, *pod, u"/tmp"_s);
        if (!staged)
            return fail(staged.error());
        const auto space = freeBytesInPod(step, *pod, helper::volumePath);
        if (!space)
            return fail(space.error());
        if (*space < stream->bytes)
            return fail(ErrorCode::NoSpace, u"The volume of %1 has %2 MiB free; the new files need %3 MiB beside the old ones."_s.arg(step.step.component).arg(*space / 1048576).arg(stream->bytes / 1048576 + 1),
                        u"No file was changed. Enlarge the volume, then restore again."_s);
        return QJsonObject{{u"path"_s, staged->path}, {u"compressed"_s, staged->compressed}};
    }
    Result<bool> recall(run::StepRun& step, const QJsonObject& result) const override
    {
        const auto pod = helper::container(step, step.step.component);
        return isDone(step, u"extract:"_s + step.step.component) || (pod && isInPod(step, *pod, result[u"path"].toString()));
    }
    Result<Probe> probe(run::StepRun& step) const override
    {
        const auto pod = helper::container(step, step.step.component);
        return pod ? probeStaged(step, *pod, u"/tmp"_s, u"files.tar"_s) : fail(pod.error());
    }
    Result<void> undo(run::StepRun& step) const override
    {
        const auto pod = helper::ensure(step);
        return pod ? unstage(step, *pod, stagedPath(step.context, u"/tmp"_s, u"files.tar"_s)) : Result<void>(fail(pod.error()));
    }
};

/// Extracts beside the live tree and verifies there.
class ExtractHandler : public run::Handler {
public:
    Result<QJsonObject> run(run::StepRun& step) const override
    {
        const auto component = componentOf(step);
        const auto pod = component ? helper::container(step, (*component)->id) : Result<oc::PodRef>(fail(component.error()));
        if (!pod)
            return fail(pod.error());
        if (const auto ended = endOrphans(step, *pod); !ended)
            return fail(ended.error());
        const QJsonObject staged = step.context.result(u"stage:"_s + (*component)->id);
        const QString extract = u"set -o pipefail; rm -rf -- \"$2\"; mkdir -p -- \"$2\"; %1 %2 | tar -C \"$2\" -xpof -"_s.arg(staged[u"compressed"].toBool() ? u"gzip -dc --"_s : u"cat --"_s, quoted(staged[u"path"].toString()));
        if (const auto extracted = script(step, extract, u"extract the files beside the old ones"_s); !extracted)
            return fail(extracted.error());
        return proveTree(step, dumpOf(**component, *pod, beside(step, u"new"_s)));
    }
    Result<void> undo(run::StepRun& step) const override
    {
        return back(step, u"rm -rf -- \"$2\""_s, u"remove the extracted files"_s);
    }
    /// What is there may be a part of it: only its comparison with the bundle, which is the step's own end, can tell.
    Result<Probe> probe(run::StepRun& step) const override
    {
        const auto pod = helper::container(step, step.step.component);
        const auto there = pod ? existsInPod(step, *pod, beside(step, u"new"_s)) : Result<bool>(fail(pod.error()));
        return there ? Result<Probe>(*there ? Probe::Partly : Probe::NotHappened) : fail(there.error());
    }
};

/// Where the swap had put the old tree before it was tidied away, so that what follows finds it there.
Result<void> oldTreeFromSafety(run::StepRun& step, const oc::PodRef& pod)
{
    const auto before = safetyCopy(step, u"files.tar"_s);
    if (!before)
        return fail(before.error());
    QString fill;
    if (before->stream) {
        const auto staged = stageInPod(step, *step.context.safety, *before->stream, pod, u"/tmp"_s);
        if (!staged)
            return fail(staged.error());
        fill = u"%1 %2 | tar -C \"$3.part\" -xpof -; "_s.arg(staged->compressed ? u"gzip -dc --"_s : u"cat --"_s, quoted(staged->path));
    }
    const QString text = u"set -o pipefail; rm -rf -- \"$3.part\"; mkdir -p -- \"$3.part\" \"$4\"; %1: >\"$4/aside\"; mv -T -- \"$3.part\" \"$3\""_s.arg(leftovers::mark(step, u"files.tar"_s, u"$4"_s) + fill);
    const auto made = back(step, text, u"take the old files from the safety bundle"_s);
    const auto removed = unstage(step, pod, stagedPath(step.context, u"/tmp"_s, u"files.tar"_s));
    return made ? removed : made;
}

class SwapHandler : public run::Handler {
public:
    Result<QJsonObject> run(run::StepRun& step) const override
    {
        const QString mark = leftovers::mark(step, u"files.tar"_s, u"$4"_s);
        const QString swap = moveEntries + u"mkdir -p -- \"$3\" \"$4\"; "_s + mark + u"if [ ! -e \"$4/aside\" ]; then mv_all \"$1\" \"$3\"; : >\"$4/aside\"; fi; mv_all \"$2\" \"$1\"; : >\"$4/done\""_s;
        if (const auto noted = step.evidence({{u"swapping"_s, true}}); !noted)
            return fail(noted.error());
        const auto swapped = script(step, swap, u"swap the old files for the new ones"_s);
        return swapped ? Result<QJsonObject>(QJsonObject{}) : Result<QJsonObject>(fail(swapped.error()));
    }
    Result<void> undo(run::StepRun& step) const override
    {
        const auto pod = helper::ensure(step);
        if (!pod)
            return fail(pod.error());
        const auto tidied = wasTidied(step, *pod, beside(step, u"old"_s));
        if (!tidied)
            return fail(tidied.error());
        if (*tidied) {
            if (const auto made = oldTreeFromSafety(step, *pod); !made)
                return made;
        }
        if (const auto noted = noteMovingBack(step); !noted)
            return noted;
        // The marks say at every moment which entries the volume's own are: a swap or an undo that was cut off goes on from there. An earlier undo
        // that failed here had the new files removed already: nobody comes to do it once more.
        const QString text = moveEntries + u"if [ -e \"$3\" ]; then mkdir -p -- \"$2\"; if [ -e \"$4/aside\" ]; then rm -f -- \"$4/done\"; mv_all \"$1\" \"$2\"; rm -f -- \"$4/aside\"; fi; "
                                           "mv_all \"$3\" \"$1\"; rm -rf -- \"$4\"; rmdir -- \"$3\"; fi"_s
                             + (isDone(step, u"extract:"_s + step.step.component) ? QString{} : u"; rm -rf -- \"$2\""_s);
        if (const auto put = back(step, text, u"put the old files back"_s); !put)
            return put;
        const auto before = safetyCopy(step, u"files.tar"_s);
        if (!before || !before->stream)
            return {}; // moved back, they are the very files
        const auto component = componentOf(step);
        return component ? proveTreeBack(step, dumpOf(**component, *pod, helper::volumePath)) : Result<void>(fail(component.error()));
    }
    [[nodiscard]] bool endangersData() const override { return true; }
    Result<Probe> probe(run::StepRun& step) const override
    {
        const auto state = script(step, u"if [ -e \"$4/done\" ]; then echo done; elif [ -e \"$4\" ]; then echo partly; else echo no; fi"_s, u"see how far the swap went"_s);
        if (!state)
            return fail(state.error());
        return state->startsWith("done") ? Probe::Happened : state->startsWith("partly") ? Probe::Partly : Probe::NotHappened;
    }
};

class ProveHandler : public run::Handler {
public:
    Result<QJsonObject> run(run::StepRun& step) const override
    {
        const auto component = componentOf(step);
        const auto pod = component ? helper::container(step, (*component)->id) : Result<oc::PodRef>(fail(component.error()));
        if (!pod)
            return fail(pod.error());
        return proveTree(step, dumpOf(**component, *pod, helper::volumePath));
    }
};

/// Removes the old tree, unless it is the only copy and was not given up.
class TidyHandler : public run::Handler {
public:
    Result<QJsonObject> run(run::StepRun& step) const override
    {
        if (staysAside(step, u"files.tar"_s)) {
            step.log(u"No safety bundle holds the old files of %1: they are kept on its volume, in %2."_s.arg(step.step.component, beside(step, u"old"_s).section(u'/', -1)));
            const auto removed = script(step, u"rm -rf -- \"$2\" %1*"_s.arg(stagedPath(step.context, u"/tmp"_s, u"files.tar"_s)), u"remove the copy of the new files"_s);
            return removed ? Result<QJsonObject>(QJsonObject{{u"kept"_s, beside(step, u"old"_s).section(u'/', -1)}}) : Result<QJsonObject>(fail(removed.error()));
        }
        if (const auto noted = noteTidying(step); !noted)
            return fail(noted.error());
        // Renamed first: what has the old name is whole.
        const auto tidied = script(step, u"if [ -e \"$3\" ]; then mv -T -- \"$3\" \"$3.gone\"; fi; rm -rf -- \"$2\" \"$3.gone\" \"$4\" %1*"_s.arg(stagedPath(step.context, u"/tmp"_s, u"files.tar"_s)), u"remove the old files"_s);
        if (!tidied)
            return fail(tidied.error());
        if (const auto pod = helper::container(step, step.step.component))
            leftovers::tidy(step, *pod, helper::volumePath, leftovers::inFiles);
        return QJsonObject{};
    }
    Result<void> undo(run::StepRun&) const override { return {}; } // the swap's own undo follows, and finds them or the safety bundle
    [[nodiscard]] bool staysDone() const override { return true; }
    Result<Probe> probe(run::StepRun& step) const override
    {
        const auto left = script(step, u"for f in \"$2\" \"$3\" \"$3.gone\" \"$4\" %1*; do if [ -e \"$f\" ]; then echo left; fi; done"_s.arg(stagedPath(step.context, u"/tmp"_s, u"files.tar"_s)), u"see what is left of the old files"_s);
        return left ? Result<Probe>(left->trimmed().isEmpty() ? Probe::Happened : Probe::Partly) : fail(left.error());
    }
};
} // namespace

Dump dumpOf(const catalog::Component& component, const oc::PodRef& pod, const QString& directory)
{
    return {.component = component, .stream = u"files.tar"_s, .format = u"tar"_s, .pod = pod, .argv = dumpCommand(directory), .acceptedExitCodes = {0, tarSomeDiffer}, .snapshot = {}, .compressIfItPays = true};
}

Result<QStringList> notesOf(const oc::StreamProof& read, const QString& component, bool writersStopped)
{
    if (read.exitCode == 0)
        return QStringList{};
    const QString words = QString::fromUtf8(read.errorText);
    if (writersStopped)
        return fail(ErrorCode::Conflict, u"Files of %1 changed while they were read, though its writers are stopped."_s.arg(component), u"What was read is not used. Find out who else writes to that volume, then try again."_s, words);
    QStringList changed;
    bool harmless = read.errorText.size() < mostWords; // else there was more than was kept
    for (const QString& line : words.split(u'\n', Qt::SkipEmptyParts)) {
        if (!line.startsWith(u"tar: "_s))
            continue;
        // Newer or gone, as any file may be a moment later. Whatever else tar complains about (it shrank: its end is zeros) is not what anybody saved.
        harmless = harmless && (line.endsWith(u": file changed as we read it"_s) || line.endsWith(u": File removed before we read it"_s) || line.endsWith(u": socket ignored"_s));
        QString shown = line.mid(5).left(longestLine);
        for (QChar& character : shown) {
            if (!character.isPrint())
                character = u'?';
        }
        changed.append(shown);
    }
    if (!harmless || changed.isEmpty())
        return fail(ErrorCode::Conflict, u"Some files of %1 could not be read whole, because they were changed meanwhile or for another reason that tar names."_s.arg(component), u"What was read is not used. Try again at a quieter time, or back up with the writers stopped (--quiesce; in the window: Stop writers during the backup)."_s, words);
    QStringList notes{u"These files changed while they were read, and may be in the bundle as they were half-way:"_s};
    notes += changed.mid(0, namedFiles);
    if (changed.size() > namedFiles)
        notes.append(u"… and %1 more"_s.arg(changed.size() - namedFiles));
    return notes;
}

QStringList dumpCommand(const QString& directory)
{
    return {u"tar"_s, u"-C"_s, directory, u"--exclude=./%1*"_s.arg(ownPrefix), u"--exclude=./lost+found"_s, u"--numeric-owner"_s, u"-cf"_s, u"-"_s, u"."_s};
}

void registerHandlers(run::Handlers& handlers)
{
    run::add<DumpHandler>(handlers, u"files.dump"_s);
    run::add<StageHandler>(handlers, u"files.stage"_s);
    run::add<ExtractHandler>(handlers, u"files.extract"_s);
    run::add<SwapHandler>(handlers, u"files.swap"_s);
    run::add<ProveHandler>(handlers, u"files.prove"_s);
    run::add<TidyHandler>(handlers, u"files.tidy"_s);
}

} // namespace scalekeep::store::files
