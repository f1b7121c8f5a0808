#include "runworld.h"

#include "engine/cluster/clusterfile.h"
#include "engine/cluster/kubeconfig.h"
#include "engine/cluster/kubeconfigstore.h"

#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>

using namespace Qt::Literals::StringLiterals;
using namespace scalekeep;
using namespace scalekeep::run;

namespace {
const QByteArray client = R"sh(#!/bin/sh
lock="$(dirname "$0")/lock.json"
objects="$(dirname "$0")/objects.json"
all=" $* "
mark="$(dirname "$0")/mark.json"
version() { tr -d ' \n' | sed -n 's/.*"resourceVersion":"\([0-9]*\)".*/\1/p'; }
lose() { [ ! -e "$lock.lost" ] || { echo 'Unable to connect to the server: net/http: TLS handshake timeout' >&2; exit 1; }; }
body=
case " $* " in *" create "*|*" replace "*) body=$(cat) ;; esac
case "$body" in *scalekeep-last*) printf '%s\n' "$body" | tee "$mark"; exit 0 ;; esac
case " $* " in
*" get configmap scalekeep-last "*) [ -e "$mark" ] || { echo 'Error from server (NotFound): configmaps "scalekeep-last" not found' >&2; exit 1; }
  cat "$mark" ;;
*" create "*) [ ! -e "$lock" ] || { echo 'Error from server (AlreadyExists): error when creating "STDIN": configmaps "scalekeep-lock" already exists' >&2; exit 1; }
  printf '%s\n' "$body" >"$lock"; lose; cat "$lock" ;;
*" get configmap"*) [ ! -e "$lock" ] || lose
  [ -e "$lock" ] || [ ! -e "$lock.hidden" ] || { echo 'Error from server (Forbidden): configmaps "scalekeep-lock" is forbidden: User "admin" cannot get resource "configmaps"' >&2; exit 1; }
  [ -e "$lock" ] || { echo 'Error from server (NotFound): configmaps "scalekeep-lock" not found' >&2; exit 1; }
  cat "$lock" ;;
*" replace "*) [ -e "$lock" ] || { echo 'Error from server (NotFound): configmaps "scalekeep-lock" not found' >&2; exit 1; }
  if [ -e "$lock.before" ]; then
    mv "$lock.before" "$lock"
    sent="$(printf '%s' "$body" | version)"
    [ -z "$sent" ] || [ "$sent" = "$(version <"$lock")" ] || { echo 'Error from server (Conflict): error when replacing "STDIN": Operation cannot be fulfilled on configmaps "scalekeep-lock": the object has been modified; please apply your changes to the latest version and try again' >&2; exit 1; }
  fi
  printf '%s\n' "$body" >"$lock.new"; mv "$lock.new" "$lock"; cat "$lock"
  [ ! -e "$lock.after" ] || mv "$lock.after" "$lock" ;;
*" get pods,"*) if [ -e "$objects" ]; then cat "$objects"; else echo '{"apiVersion":"v1","kind":"List","items":[]}'; fi ;;
*" get deploymentconfigs.apps.openshift.io "*) name="${all#* get deploymentconfigs.apps.openshift.io }"; name="${name%% *}"
  count="$(cat "$(dirname "$0")/replicas-$name" 2>/dev/null || echo 0)"
  echo '{"apiVersion":"apps.openshift.io/v1","kind":"DeploymentConfig","metadata":{"name":"'"$name"'"},"spec":{"replicas":'"$count"'},"status":{"readyReplicas":'"$count"'}}' ;;
*" scale "*) name="${all#* scale dc/}"; name="${name%% *}"; count="${all#* --replicas=}"; echo "${count%% *}" >"$(dirname "$0")/replicas-$name" ;;
*" get projects.project.openshift.io "*) cat "$(dirname "$0")/project.json" 2>/dev/null || echo '{"apiVersion":"v1","kind":"List","items":[]}' ;;
*" get "*) echo '{"apiVersion":"v1","kind":"List","items":[]}' ;;
*" delete configmap scalekeep-lock "*) rm -f "$lock" ;;
*" whoami "*) echo admin ;;
*) echo "error: unknown command \"$*\"" >&2; exit 1 ;;
esac
)sh";
} // namespace

class RunWorld::TestHandler : public Handler {
public:
    explicit TestHandler(const RunWorld& world) : m_world(world) {}
    Result<QJsonObject> run(StepRun& step) const override
    {
        const Run wanted = m_world.m_run.value(step.step.id);
        return wanted ? wanted(step) : Result<QJsonObject>(QJsonObject{});
    }
    Result<void> undo(StepRun& step) const override
    {
        const Undo wanted = m_world.m_undo.value(step.step.id);
        return wanted ? wanted(step) : Result<void>{};
    }

private:
    const RunWorld& m_world;
};

void RunWorld::Gate::open()
{
    const std::lock_guard lock(m_mutex);
    m_open = true;
    m_changed.notify_all();
}

bool RunWorld::Gate::wait(const std::stop_token& stop)
{
    std::unique_lock lock(m_mutex);
    return m_changed.wait(lock, stop, [this] { return m_open; });
}

RunWorld::RunWorld()
{
    QFile program(m_directory.filePath(u"oc"_s));
    if (!program.open(QIODevice::WriteOnly) || program.write(client) != client.size() || !program.setPermissions(QFile::ReadOwner | QFile::WriteOwner | QFile::ExeOwner))
        qFatal("cannot write the client");
    program.close();
    m_logins = std::make_unique<cluster::Logins>(m_directory.path(), m_redactor);
    m_workplace = std::make_unique<models::Workplace>(models::Workplace{m_directory.path(), m_redactor, *m_logins, m_workers});
}

RunWorld::~RunWorld()
{
    m_workers.waitForDone();
}

plan::Step RunWorld::step(const QString& id, qint64 weight)
{
    plan::Step made;
    made.id = id;
    made.title = u"Step "_s + id;
    made.action = u"test"_s;
    made.weight = weight;
    made.commands = {u"oc do "_s + id};
    return made;
}

plan::Step RunWorld::change(const QString& id)
{
    plan::Step made = step(id);
    made.changes = made.undoable = true;
    made.undo = u"Takes %1 back"_s.arg(id);
    return made;
}

plan::Plan RunWorld::plan(const QList<plan::Step>& steps, int parallel)
{
    plan::Plan made;
    made.kind = u"restore"_s;
    made.cluster = u"north"_s;
    made.namespaceName = u"threescale"_s;
    made.stages = {{.id = u"look"_s, .title = u"Check"_s, .parallel = 1, .steps = {step(u"look"_s)}}, {.id = u"data"_s, .title = u"Data"_s, .parallel = parallel, .steps = steps}};
    return made;
}

void RunWorld::put(const QString& name, const QJsonObject& object) const
{
    QFile file(m_directory.filePath(name));
    if (!file.open(QIODevice::WriteOnly) || file.write(QJsonDocument(object).toJson()) < 0)
        qFatal("cannot write what the client answers");
}

void RunWorld::putNamespace(const QJsonArray& objects) const
{
    QJsonArray items;
    for (const QJsonValue& each : objects) {
        QJsonObject object = each.toObject(), metadata = object[u"metadata"].toObject();
        metadata[u"namespace"] = u"threescale"_s;
        object[u"metadata"] = metadata;
        if (object[u"kind"].toString() != u"Pod" && object[u"kind"].toString() != u"Secret") // these are asked for by themselves
            items.append(object);
    }
    put(u"objects.json"_s, {{u"apiVersion"_s, u"v1"_s}, {u"kind"_s, u"List"_s}, {u"items"_s, items}});
}

void RunWorld::putProject(const QString& uid) const
{
    put(u"project.json"_s, {{u"apiVersion"_s, u"project.openshift.io/v1"_s}, {u"kind"_s, u"Project"_s}, {u"metadata"_s, QJsonObject{{u"name"_s, u"threescale"_s}, {u"uid"_s, uid}}}});
}

namespace {
QJsonObject lockObject(const QJsonObject& data, const QString& version)
{
    return {{u"apiVersion"_s, u"v1"_s}, {u"kind"_s, u"ConfigMap"_s}, {u"metadata"_s, QJsonObject{{u"name"_s, u"scalekeep-lock"_s}, {u"resourceVersion"_s, version}}}, {u"data"_s, data}};
}
} // namespace

void RunWorld::putLock(const QJsonObject& data) const
{
    put(u"lock.json"_s, lockObject(data, u"1"_s));
}

void RunWorld::putLockMeanwhile(const QJsonObject& data, bool before) const
{
    put(before ? u"lock.json.before"_s : u"lock.json.after"_s, lockObject(data, u"2"_s));
}

QJsonObject RunWorld::lock() const
{
    QFile file(m_directory.filePath(u"lock.json"_s));
    return file.open(QIODevice::ReadOnly) ? QJsonDocument::fromJson(file.readAll())[u"data"].toObject() : QJsonObject{};
}

void RunWorld::removeLock() const
{
    QFile::remove(m_directory.filePath(u"lock.json"_s));
}

void RunWorld::loseAnswers() const
{
    put(u"lock.json.lost"_s, {});
}

void RunWorld::hideLock() const
{
    put(u"lock.json.hidden"_s, {});
}

int RunWorld::replicas(const QString& name) const
{
    QFile file(m_directory.filePath(u"replicas-"_s + name));
    return file.open(QIODevice::ReadOnly) ? file.readAll().trimmed().toInt() : 0;
}

void RunWorld::logIn() const
{
    cluster::Cluster north;
    north.name = u"north"_s;
    north.server = QUrl(u"https://api.north.example.com:6443"_s);
    north.user = u"admin"_s;
    north.tokenStore = u"state"_s;
    cluster::Credential credential;
    credential.token = Secret("sha256~of-the-test");
    cluster::KubeconfigStore store(m_directory.path());
    if (!store.keep(north, Secret(cluster::kubeconfigFor(north.server, {}, credential)), true) || !cluster::ClusterFile(m_directory.path()).put(north))
        qFatal("cannot keep the login");
    qputenv("SCALEKEEP_OC", m_directory.filePath(u"oc"_s).toUtf8());
}

void RunWorld::cutAfter(const QString& runId, const QByteArray& type, const QByteArray& step) const
{
    QFile file(run::Session::journalPath(m_directory.path(), runId));
    if (!file.open(QIODevice::ReadWrite))
        qFatal("no journal");
    while (!file.atEnd()) {
        const QByteArray line = file.readLine();
        if (line.contains("\"" + type + "\"") && line.contains("\"step\":\"" + step + "\"")) {
            file.resize(file.pos());
            return;
        }
    }
    qFatal("no such event");
}

oc::Connection RunWorld::connection() const
{
    return {.program = m_directory.filePath(u"oc"_s), .kubeconfig = {}, .namespaceName = u"threescale"_s, .cacheDir = {}};
}

models::RunRequest RunWorld::request(const plan::Plan& plan) const
{
    models::RunRequest made;
    made.plan = plan;
    made.connection = connection();
    made.operatorIdentity = u"admin"_s;
    made.handlers.insert(u"test"_s, std::make_shared<TestHandler>(*this));
    return made;
}
