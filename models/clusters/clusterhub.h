#pragma once

#include "engine/catalog/catalog.h"
#include "models/common/workplace.h"

#include <QObject>

#include <memory>
#include <optional>

namespace scalekeep::models {

enum class ConnectionState { LoggedOut, Connecting, Connected, LoginExpired, Unreachable };

/// What is known of one 3scale namespace. A failed reading keeps the last good values and says why in `error`.
struct NamespaceState {
    QString name, version, flavour;               ///< version empty: not known yet
    std::optional<catalog::Detection> detection;
    cluster::Inventory inventory;
    QMap<QString, qint64> usedBytes;              ///< claim name -> bytes used on its volume, where it could be read
    bool read = false, reading = false;
    QDateTime readAt;
    std::optional<Error> error;
    bool versionKnown = true, flavourKnown = true; ///< false: assumed, see catalog::Detection
    /// "2.7 · template", with what is only assumed marked; empty while nothing is known.
    [[nodiscard]] QString installation() const;
};

struct ClusterState {
    cluster::Cluster cluster;
    ConnectionState state = ConnectionState::LoggedOut;
    QString serverVersion;                        ///< OpenShift's where it may be read, else Kubernetes'
    QList<NamespaceState> namespaces;             ///< by name
    bool mayListProjects = true;
    std::optional<Error> error;
    QDateTime readAt;
};

/// What is asked for when a cluster is added or logged in again; one of token, password, kubeconfig.
struct LoginRequest {
    QString name;
    QUrl server;
    Secret token;
    QString user;
    Secret password;
    QString kubeconfig, context;
    cluster::Trust trust;
    bool storeToken = false;
    QString colour;
    bool production = false, readOnly = false;
};

/// All clusters of the user, live: connects them at start, reads their 3scale namespaces in the background and again when asked or every minute,
/// logs in and out. The one source of cluster state for the window. Lives on the GUI thread; blocking work runs on the workplace's workers; a
/// reading that comes back replaces the values of one namespace, so that views can merge.
class ClusterHub : public QObject {
    Q_OBJECT
public:
    explicit ClusterHub(const Workplace& workplace, QObject* parent = nullptr);
    ~ClusterHub() override;

    [[nodiscard]] const Workplace& workplace() const { return m_workplace; }
    [[nodiscard]] const QList<ClusterState>& clusters() const { return m_clusters; }
    [[nodiscard]] const ClusterState* cluster(const QString& name) const;
    [[nodiscard]] const NamespaceState* namespaceState(const NamespaceRef& where) const;
    /// Connection for `oc` in this namespace; NotLoggedIn when there is none. May ask the keychain: on workers call workplace().logins itself.
    [[nodiscard]] Result<oc::Connection> connection(const NamespaceRef& where) const;

    /// Adds the cluster or replaces what is known of the one of its name, and says so. For readings that come back, and for tests of what is
    /// drawn from a hub without a cluster.
    void put(const ClusterState& state);

    void start();                                 ///< reads clusters.json and connects; also begins the periodic refresh
    void refresh();                               ///< all clusters
    void refresh(const QString& cluster);
    void refresh(const NamespaceRef& where);

    using Answer = std::function<void(const Result<void>&)>;
    void login(const LoginRequest& request, QObject* context, Answer answer);
    void logout(const QString& cluster, QObject* context, Answer answer);
    /// For users who may not list projects: looked into at once; an error leaves the list as it was.
    void addNamespace(const NamespaceRef& where, QObject* context, Answer answer);
    void removeNamespace(const NamespaceRef& where, QObject* context, Answer answer);
    /// Colour, production mark, read-only.
    void update(const cluster::Cluster& cluster, QObject* context, Answer answer);
    /// Forgets the cluster after logging out.
    void remove(const QString& cluster, QObject* context, Answer answer);
    /// One value of one Secret, read now and kept nowhere; the redactor knows it before the answer comes.
    void reveal(const NamespaceRef& where, const QString& secret, const QString& key, QObject* context, std::function<void(const Result<Secret>&)> answer);
    /// Somebody else (a run) learned that the login is no longer good.
    void loginLost(const QString& cluster);

Q_SIGNALS:
    void clustersChanged();                       ///< one was added or removed
    void clusterChanged(const QString& cluster);  ///< its own values or its list of namespaces
    void namespaceChanged(const scalekeep::models::NamespaceRef& where);
    void loginRenewed(const QString& cluster);
    void loginExpired(const QString& cluster);
    void message(const QString& text);            ///< for the program's log

private:
    class Private;
    const Workplace& m_workplace;
    QList<ClusterState> m_clusters;
    std::unique_ptr<Private> d;
};

} // namespace scalekeep::models
