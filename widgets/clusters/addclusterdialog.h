#pragma once

#include "models/clusters/clusterhub.h"
#include "widgets/common/parts.h"

#include <QDialog>

class QCheckBox;

namespace scalekeep::widgets {

class CertificateBox;
class ColourPicker;
class LoginForms;

/// Adds a cluster, or renews the login of a known one (server and name fixed). Stays open until it worked; an unknown certificate is asked about in
/// the dialog, a changed one of a known cluster is an error. The hub outlives it.
class AddClusterDialog : public QDialog {
    Q_OBJECT
public:
    enum Tab { Line, Token, Password, Kubeconfig };

    explicit AddClusterDialog(models::ClusterHub& hub, QWidget* parent = nullptr);
    /// Log in again to this cluster.
    AddClusterDialog(models::ClusterHub& hub, const cluster::Cluster& known, QWidget* parent = nullptr);
    void showTab(Tab tab);
    void reject() override;

Q_SIGNALS:
    void connected(const QString& cluster);

protected:
    void showEvent(QShowEvent* event) override;

private:
    void build();
    QLayout* makeIdentity();
    void updateState();
    void suggestName();
    void tryToConnect();
    void answered(const Result<void>& done);
    void askCertificate(const Error& refused);
    void setBusy(bool busy, const QString& text = {});
    void sayWhereKept();
    void fitHeight();

    models::ClusterHub& m_hub;
    cluster::Cluster m_known;          ///< empty name: a new cluster
    Banner* m_banner = nullptr;
    LoginForms* m_forms = nullptr;
    QLineEdit* m_name = nullptr;
    ColourPicker* m_colour = nullptr;
    QCheckBox *m_production = nullptr, *m_readOnly = nullptr, *m_store = nullptr;
    CertificateBox* m_certificate = nullptr;
    QPushButton *m_cancel = nullptr, *m_connect = nullptr;
    GlyphLabel* m_busyGlyph = nullptr;
    QLabel* m_busyText = nullptr;
    QWidget* m_inputs = nullptr;
    QUrl m_asked;                      ///< the server that the certificate question is about
    models::LoginRequest m_request;
    std::shared_ptr<bool> m_abandoned; ///< of the login that runs
    bool m_nameTyped = false, m_busy = false;
};

} // namespace scalekeep::widgets
