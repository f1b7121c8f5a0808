#include "engine/cluster/kubeconfigstore.h"

#include "engine/base/files.h"
#include "engine/cluster/keychain.h"

#include <QCoreApplication>
#include <QDir>
#include <QFileInfo>

#ifdef Q_OS_UNIX
#include <cerrno>
#include <csignal>
#endif

namespace scalekeep::cluster {

using namespace Qt::Literals::StringLiterals;

namespace {

const QString keychainStore = u"keychain"_s, runtimeStore = u"runtime"_s, stateStore = u"state"_s;
constexpr qint64 largestKubeconfig = 1024LL * 1024;

Result<void> removeFile(const QString& path)
{
    QFile file(path);
    if (file.exists() && !file.remove())
        return fail(fileError(u"remove"_s, file));
    return {};
}

// Files of programs that were killed before they could remove them: "<process>-<object>-<cluster>.kubeconfig".
void removeOrphans(const QString& folder)
{
#ifdef Q_OS_UNIX
    for (const QString& name : QDir(folder).entryList({u"*.kubeconfig"_s}, QDir::Files)) {
        const pid_t owner = name.section(u'-', 0, 0).toInt();
        if (owner > 0 && ::kill(owner, 0) != 0 && errno == ESRCH)
            QFile::remove(folder + u'/' + name);
    }
#else
    Q_UNUSED(folder)
#endif
}

Error noLogin(const QString& name, const QString& why)
{
    return {ErrorCode::NotLoggedIn,
            u"There is no login at %1: %2."_s.arg(name, why),
            {},
            u"Nothing was changed. Log in again: `login --name %1 …`."_s.arg(name)};
}

} // namespace

KubeconfigStore::~KubeconfigStore()
{
    for (const QString& path : std::as_const(m_sessionFiles))
        QFile::remove(path);
}

Result<QString> KubeconfigStore::keep(const Cluster& cluster, const Secret& kubeconfig, bool inState)
{
    if (!inState && keychain::available() && keychain::write(keychainKey(cluster), kubeconfig))
        return keychainStore;
    const QString store = inState ? stateStore : runtimeStore;
    const auto path = filePath(cluster, store);
    if (!path)
        return path;
    if (const auto written = writePrivateFile(*path, kubeconfig.reveal()); !written)
        return fail(written.error());
    return store;
}

Result<Secret> KubeconfigStore::read(const Cluster& cluster) const
{
    if (cluster.tokenStore.isEmpty())
        return fail(noLogin(cluster.name, u"it was logged out"_s));
    if (cluster.tokenStore == keychainStore) {
        auto kept = keychain::read(keychainKey(cluster));
        if (!kept && kept.error().code == ErrorCode::NotFound)
            return fail(noLogin(cluster.name, u"the keychain has no entry for it any more"_s));
        return kept;
    }
    const auto path = filePath(cluster, cluster.tokenStore);
    if (!path)
        return fail(path.error());
    if (!QFileInfo::exists(*path))
        return fail(noLogin(cluster.name, cluster.tokenStore == runtimeStore
                                              ? u"it was kept for the session only, which has ended"_s
                                              : u"its file is gone"_s));
    const auto content = readFile(*path, largestKubeconfig);
    if (!content)
        return fail(content.error());
    return Secret(*content);
}

Result<QString> KubeconfigStore::fileFor(const Cluster& cluster, const Secret& kubeconfig)
{
    if (cluster.tokenStore != keychainStore)
        return filePath(cluster, cluster.tokenStore);
    const auto runtime = runtimeHome();
    if (!runtime)
        return runtime;
    const QString folder = *runtime + u"/sessions"_s;
    if (const auto made = makePrivateDirectory(folder); !made)
        return fail(made.error());
    removeOrphans(folder);
    const QString path = u"%1/%2-%3-%4.kubeconfig"_s.arg(folder)
                             .arg(QCoreApplication::applicationPid())
                             .arg(quintptr(this), 0, 16)
                             .arg(cluster.name);
    const std::lock_guard guard(m_mutex);
    if (!m_sessionFiles.contains(path))
        m_sessionFiles.append(path);
    if (const auto written = writePrivateFile(path, kubeconfig.reveal()); !written)
        return fail(written.error());
    return path;
}

Result<void> KubeconfigStore::forget(const Cluster& cluster, const QString& except)
{
    {
        const std::lock_guard guard(m_mutex);
        for (const QString& path : std::as_const(m_sessionFiles)) {
            if (QFileInfo(path).fileName().section(u'-', 2) == cluster.name + u".kubeconfig"_s)
                QFile::remove(path);
        }
    }
    for (const QString& store : {runtimeStore, stateStore}) {
        if (store == except)
            continue;
        const auto path = filePath(cluster, store);
        if (!path)
            return fail(path.error());
        if (const auto removed = removeFile(*path); !removed)
            return removed;
    }
    if (cluster.tokenStore == keychainStore && except != keychainStore)
        return keychain::remove(keychainKey(cluster));
    return {};
}

void KubeconfigStore::endSession(const Cluster& cluster)
{
    if (cluster.tokenStore != runtimeStore)
        return;
    if (const auto path = filePath(cluster, runtimeStore))
        QFile::remove(*path);
}

// The file that keeps a login; its folder exists afterwards.
Result<QString> KubeconfigStore::filePath(const Cluster& cluster, const QString& store) const
{
    auto folder = runtimeHome();
    if (store == stateStore) {
        folder = m_home + u"/kubeconfigs"_s;
        if (const auto made = makePrivateDirectory(*folder); !made)
            return fail(made.error());
    }
    if (!folder)
        return folder;
    return u"%1/%2.kubeconfig"_s.arg(*folder, cluster.name);
}

QString KubeconfigStore::keychainKey(const Cluster& cluster) const
{
    // Readable in the keychain's own program; the folder tells apart the entries of two state directories.
    return u"%1 (%2)"_s.arg(cluster.name, QDir(m_home).absolutePath());
}

} // namespace scalekeep::cluster
