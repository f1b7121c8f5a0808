#include "world.h"

#include <QFile>

using namespace Qt::Literals::StringLiterals;
using namespace scalekeep;
using namespace scalekeep::run;

namespace {
/// An `oc` that knows two objects, the lock and the mark of the last restore (mark.json; refused while mark.json.refused is there), and `whoami`.
/// While lock.json.lost is there, what is asked about the lock is carried out, but its answer is lost; where it says "killed", with the client. While
/// lock.json.stays is there, nobody gets a replacement of it through; while lock.json.garbled is, the answer to one cannot be read. All commands are kept in `asked`.
const QByteArray clientScript = R"sh(#!/bin/sh
lock="$(dirname "$0")/lock.json"
mark="$(dirname "$0")/mark.json"
echo "$*" >>"$(dirname "$0")/asked"
unreachable() { echo 'Unable to connect to the server: net/http: TLS handshake timeout' >&2; exit 1; }
lose() { [ -e "$lock.lost" ] || return 0; read -r how <"$lock.lost"; [ "$how" != killed ] || kill -9 $$; unreachable; }
body=
case " $* " in *" create "*|*" replace "*) body=$(cat) ;; esac
case "$body" in *scalekeep-last*)
  [ ! -e "$mark.refused" ] || { echo 'Error from server (Forbidden): configmaps "scalekeep-last" is forbidden: exceeded quota' >&2; exit 1; }
  case " $* " in *" create "*) [ ! -e "$mark" ] || { echo 'Error from server (AlreadyExists): error when creating "STDIN": configmaps "scalekeep-last" already exists' >&2; exit 1; } ;; esac
  printf '%s\n' "$body" | tee "$mark"; exit 0 ;;
esac
case " $* " in
*" get configmap scalekeep-last "*) [ -e "$mark" ] || { echo 'Error from server (NotFound): configmaps "scalekeep-last" not found' >&2; exit 1; }
  cat "$mark" ;;
*" create "*) [ ! -e "$lock" ] || { echo 'Error from server (AlreadyExists): error when creating "STDIN": configmaps "scalekeep-lock" already exists' >&2; exit 1; }
  printf '%s\n' "$body" >"$lock"; lose
  cat "$lock" ;;
*" replace "*) [ ! -e "$lock.stays" ] || unreachable
  printf '%s\n' "$body" >"$lock.new"; mv "$lock.new" "$lock"
  [ ! -e "$lock.garbled" ] || { echo garbled; exit 0; }
  cat "$lock" ;;
*" delete configmap scalekeep-lock "*) rm -f "$lock" ;;
*" get configmap scalekeep-lock "*) [ ! -e "$lock" ] || lose
  [ -e "$lock" ] || { echo 'Error from server (NotFound): configmaps "scalekeep-lock" not found' >&2; exit 1; }
  cat "$lock" ;;
*" get project"*) echo '{"apiVersion":"project.openshift.io/v1","kind":"Project","metadata":{"name":"threescale","uid":"uid-1"}}' ;;
*" get "*) echo '{"apiVersion":"v1","kind":"List","items":[]}' ;;
*" whoami "*) echo "${WORLD_WHOAMI:-admin}" ;;
*) echo "error: unknown command \"$*\"" >&2; exit 1 ;;
esac
)sh";
} // namespace

class World::TestHandler : public Handler {
public:
    explicit TestHandler(World& world) : m_world(world) {}
    Result<QJsonObject> run(StepRun& step) const override
    {
        m_world.note(u"run:"_s + step.step.id);
        const int now = ++m_world.m_now;
        int most = m_world.m_most;
        while (now > most && !m_world.m_most.compare_exchange_weak(most, now)) { }
        const Run wanted = m_world.m_run.value(step.step.id);
        const auto result = wanted ? wanted(step) : Result<QJsonObject>(QJsonObject{{u"of"_s, step.step.id}});
        --m_world.m_now;
        return result;
    }
    Result<void> undo(StepRun& step) const override
    {
        m_world.note(u"undo:"_s + step.step.id);
        const Undo wanted = m_world.m_undo.value(step.step.id);
        return wanted ? wanted(step) : Result<void>{};
    }
    Result<Probe> probe(StepRun& step) const override
    {
        m_world.note(u"probe:"_s + step.step.id);
        step.found = m_world.m_found.value(step.step.id);
        return m_world.m_probe.value(step.step.id, Probe::Unknown);
    }

    Result<bool> recall(StepRun& step, const QJsonObject& result) const override
    {
        const Recall wanted = m_world.m_recall.value(step.step.id);
        return wanted ? wanted(step, result) : Result<bool>(true);
    }

private:
    World& m_world;
};

World::World()
{
    QFile program(m_directory.filePath(u"oc"_s));
    if (!program.open(QIODevice::WriteOnly) || program.write(clientScript) != clientScript.size() || !program.setPermissions(QFile::ReadOwner | QFile::WriteOwner | QFile::ExeOwner))
        qFatal("cannot write the client");
    program.close();
    m_client = std::make_unique<oc::Client>(oc::Connection{.program = program.fileName(), .kubeconfig = {}, .namespaceName = u"threescale"_s, .cacheDir = {}}, m_redactor);
    m_handlers.insert(u"test"_s, std::make_shared<TestHandler>(*this));
}

plan::Step World::step(const QString& id, const QStringList& after)
{
    plan::Step made;
    made.id = id;
    made.title = u"Step "_s + id;
    made.action = u"test"_s;
    made.after = after;
    return made;
}

plan::Step World::change(const QString& id)
{
    plan::Step made = step(id);
    made.changes = made.undoable = true;
    made.undo = u"Takes it back"_s;
    return made;
}

plan::Plan World::plan(const QList<plan::Step>& steps, int parallel)
{
    plan::Plan made;
    made.kind = u"restore"_s;
    made.stages = {{.id = u"only"_s, .title = u"Only"_s, .parallel = parallel, .steps = steps}};
    return made;
}

namespace {
/// A handler that answers as the test wants for all steps of its action.
template <class Base>
class Special : public Base {
public:
    Special(World& world, bool endangers, bool stays) : Base(world), m_endangers(endangers), m_stays(stays) {}
    [[nodiscard]] bool endangersData() const override { return m_endangers; }
    [[nodiscard]] bool staysDone() const override { return m_stays; }

private:
    bool m_endangers, m_stays;
};
} // namespace

void World::addAction(const QString& action)
{
    m_handlers.insert(action, m_handlers.value(u"test"_s));
}

void World::addEndangering(const QString& action)
{
    m_handlers.insert(action, std::make_shared<Special<TestHandler>>(*this, true, false));
}

void World::addStaying(const QString& action)
{
    m_handlers.insert(action, std::make_shared<Special<TestHandler>>(*this, false, true));
}

void World::failAt(const QString& id, const QString& message)
{
    onRun(id, [message](StepRun&) -> Result<QJsonObject> { return fail(ErrorCode::RemoteFailed, message); });
}

Outcome World::with(const std::function<Outcome(Executor&, Context&)>& execute, bool fresh)
{
    auto journal = fresh ? Journal::create(journalPath()) : Journal::reopen(journalPath());
    if (!journal)
        qFatal("no journal: %s", qPrintable(journal.error().message));
    Context context;
    context.client = m_client.get();
    context.redactor = &m_redactor;
    context.lock = m_lock.get();
    Executor executor(m_handlers, **journal, [this](const Event& event) {
        const std::lock_guard lock(m_mutex);
        m_live.append(event);
    }, guards);
    const Outcome outcome = execute(executor, context);
    m_results = context.results;
    return outcome;
}

Outcome World::run(const plan::Plan& plan, std::stop_token stop)
{
    return with([&](Executor& executor, Context& context) { return executor.run(plan, context, stop); }, true);
}

Outcome World::resume(const plan::Plan& plan)
{
    return with([&](Executor& executor, Context& context) { return executor.resume(plan, context, journal()); }, false);
}

Outcome World::undo(const plan::Plan& plan)
{
    return with([&](Executor& executor, Context& context) { return executor.undo(plan, context, journal()); }, false);
}

void World::crashAfter(const QString& type, const QString& step)
{
    const QList<Event> events = journal();
    QFile file(journalPath());
    if (!file.open(QIODevice::ReadWrite))
        qFatal("cannot open the journal");
    for (const Event& event : events) {
        file.readLine();
        if (event.type == type && event.step == step) {
            file.resize(file.pos());
            forgetCalls();
            return;
        }
    }
    qFatal("no such event");
}

QString World::lock()
{
    auto acquired = Lock::acquire(*m_client, {.nonce = u"abcd"_s, .runId = u"run-1"_s, .owner = u"admin"_s, .host = u"here"_s, .purpose = u"restore"_s, .since = QDateTime::currentDateTimeUtc(), .originals = {}});
    if (!acquired)
        qFatal("no lock: %s", qPrintable(acquired.error().message));
    m_lock = std::move(*acquired);
    return m_directory.filePath(u"lock.json"_s);
}

void World::note(const QString& call)
{
    const std::lock_guard lock(m_mutex);
    m_calls.append(call);
}

QStringList World::calls() const
{
    const std::lock_guard lock(m_mutex);
    return m_calls;
}

void World::forgetCalls()
{
    const std::lock_guard lock(m_mutex);
    m_calls.clear();
}

QList<Event> World::live() const
{
    const std::lock_guard lock(m_mutex);
    return m_live;
}

QList<Event> World::journal() const
{
    const auto events = Journal::read(journalPath());
    if (!events)
        qFatal("journal: %s", qPrintable(events.error().message));
    return *events;
}
