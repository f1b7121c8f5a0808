#include "widgets/clusters/addclusterdialog.h"

#include "engine/cluster/clusterfile.h"
#include "engine/cluster/keychain.h"
#include "engine/cluster/kubeconfig.h"
#include "widgets/clusters/certificatebox.h"
#include "widgets/clusters/colourpicker.h"
#include "widgets/clusters/loginforms.h"
#include "widgets/common/theme.h"

#include <QCheckBox>
#include <QFormLayout>
#include <QRegularExpression>
#include <QScrollArea>

#include <algorithm>

namespace scalekeep::widgets {

using namespace Qt::Literals::StringLiterals;

namespace {
constexpr int dialogWidth = 668;

/// A name for a cluster by its API's host: "api.ocp4-dr.example.com" is "ocp4-dr".
QString nameFor(const QUrl& server, const models::ClusterHub& hub)
{
    QString host = server.host();
    static const QRegularExpression address(u"^[0-9.]+$|:"_s), odd(u"[^A-Za-z0-9_-]"_s);
    if (!address.match(host).hasMatch()) {
        if (host.startsWith(u"api."))
            host.remove(0, 4);
        host = host.section(u'.', 0, 0);
    }
    host = host.replace(odd, u"-"_s).left(50);
    if (host.isEmpty() || !cluster::checkClusterName(host))
        return {};
    QString name = host;
    for (int number = 2; hub.cluster(name); ++number)
        name = u"%1-%2"_s.arg(host).arg(number);
    return name;
}
} // namespace

AddClusterDialog::AddClusterDialog(models::ClusterHub& hub, QWidget* parent) : QDialog(parent), m_hub(hub)
{
    setWindowTitle(tr("Add cluster"));
    build();
    m_colour->setColour(theme::clusterColourNames().value(int(hub.clusters().size() % std::max<qsizetype>(1, theme::clusterColourNames().size()))));
}

AddClusterDialog::AddClusterDialog(models::ClusterHub& hub, const cluster::Cluster& known, QWidget* parent) : QDialog(parent), m_hub(hub), m_known(known)
{
    setWindowTitle(tr("Log in again to %1").arg(known.name));
    build();
    m_forms->fix(known.server, known.user);
    if (known.imported)
        showTab(Kubeconfig);
}

void AddClusterDialog::showTab(Tab tab)
{
    m_forms->showTab(LoginForms::Tab(tab));
}

void AddClusterDialog::build()
{
    setObjectName(u"addCluster"_s);
    setWindowModality(Qt::WindowModal);
    auto* all = new QVBoxLayout(this);
    all->setContentsMargins(0, 0, 0, 0);
    all->setSpacing(0);
    m_inputs = new QWidget(this);
    auto* inputs = new QVBoxLayout(m_inputs);
    inputs->setContentsMargins(0, 0, 0, 0);
    inputs->setSpacing(12);
    m_forms = new LoginForms(m_inputs);
    inputs->addWidget(m_forms);
    auto* below = new QVBoxLayout;
    below->setContentsMargins(20, 0, 20, 12);
    below->setSpacing(12);
    below->addLayout(makeIdentity());
    m_store = new QCheckBox(tr("Keep the login in the program’s folder, also after this session"), m_inputs);
    m_store->setObjectName(u"storeToken"_s);
    m_store->setToolTip(tr("The file can be read by this user only, and by who can read this user’s files"));
    m_store->hide();
    below->addWidget(m_store);
    m_certificate = new CertificateBox(m_inputs);
    below->addWidget(m_certificate);
    m_banner = new Banner(m_inputs);
    m_banner->setObjectName(u"loginProblem"_s);
    below->addWidget(m_banner);
    inputs->addLayout(below);
    inputs->addStretch(1);
    all->addWidget(m_inputs, 1);

    auto* foot = new ActionBar(this);
    auto* busy = new QHBoxLayout;
    m_busyGlyph = new GlyphLabel({}, 16, this);
    m_busyText = new ElidedLabel({}, Qt::ElideRight, this);
    m_busyText->setTextFormat(Qt::PlainText);
    m_busyText->setForegroundRole(QPalette::PlaceholderText);
    busy->addWidget(m_busyGlyph);
    busy->addWidget(m_busyText);
    static_cast<QHBoxLayout*>(foot->layout())->insertLayout(0, busy);
    m_cancel = makeButton(tr("Cancel"), {}, ButtonKind::Plain, this);
    m_cancel->setObjectName(u"cancel"_s);
    m_connect = makeButton(tr("Connect"), {}, ButtonKind::Primary, this);
    m_connect->setObjectName(u"connect"_s);
    m_connect->setDefault(true);
    foot->add(m_cancel);
    foot->add(m_connect);
    all->addWidget(foot);
    setFixedWidth(dialogWidth);

    connect(m_cancel, &QPushButton::clicked, this, &AddClusterDialog::reject);
    connect(m_connect, &QPushButton::clicked, this, &AddClusterDialog::tryToConnect);
    connect(m_forms, &LoginForms::changed, this, [this] {
        suggestName();
        updateState();
    });
    connect(m_certificate, &CertificateBox::changed, this, &AddClusterDialog::updateState);
    connect(m_name, &QLineEdit::textEdited, this, [this] { m_nameTyped = true; });
    connect(m_name, &QLineEdit::textChanged, this, &AddClusterDialog::updateState);
    sayWhereKept();
    suggestName();
    updateState();
}

QLayout* AddClusterDialog::makeIdentity()
{
    auto* grid = new QGridLayout;
    grid->setHorizontalSpacing(10);
    grid->setVerticalSpacing(8);
    m_name = new QLineEdit(m_inputs);
    m_name->setObjectName(u"clusterName"_s);
    m_name->setAccessibleName(tr("Name"));
    m_name->setMaxLength(63);
    m_name->setFixedWidth(180);
    m_colour = new ColourPicker(m_inputs);
    m_production = new QCheckBox(tr("Production"), m_inputs);
    m_production->setObjectName(u"production"_s);
    m_production->setToolTip(tr("Shows the word beside the cluster’s name on every page that acts on it"));
    m_readOnly = new QCheckBox(tr("Read only: backup and compare, no restore"), m_inputs);
    m_readOnly->setObjectName(u"readOnly"_s);
    m_readOnly->setToolTip(tr("This program then changes nothing in the cluster"));
    if (!m_known.name.isEmpty()) {
        m_name->setText(m_known.name);
        for (QWidget* each : {static_cast<QWidget*>(m_name), static_cast<QWidget*>(m_colour), static_cast<QWidget*>(m_production), static_cast<QWidget*>(m_readOnly)})
            each->hide();
        return grid;
    }
    auto* name = new QLabel(tr("Name"), m_inputs);
    name->setBuddy(m_name);
    name->setForegroundRole(QPalette::PlaceholderText);
    name->setMinimumWidth(114);
    name->setAlignment(Qt::AlignRight | Qt::AlignVCenter);
    auto* colour = new QLabel(tr("Colour"), m_inputs);
    colour->setForegroundRole(QPalette::PlaceholderText);
    auto* first = new QHBoxLayout;
    first->setSpacing(10);
    first->addWidget(m_name);
    first->addSpacing(6);
    first->addWidget(colour);
    first->addWidget(m_colour);
    first->addStretch(1);
    auto* second = new QHBoxLayout;
    second->setSpacing(24);
    second->addWidget(m_production);
    second->addWidget(m_readOnly);
    second->addStretch(1);
    grid->addWidget(name, 0, 0);
    grid->addLayout(first, 0, 1);
    grid->addLayout(second, 1, 1);
    grid->setColumnStretch(1, 1);
    return grid;
}

void AddClusterDialog::sayWhereKept()
{
    // Asks the session bus, which may take a moment.
    m_hub.workplace().inBackground(
        this, [] { return cluster::keychain::available(); },
        [this](bool keychain) {
            m_forms->setKept(keychain ? tr("The login goes to the system keychain and is not shown again.") : tr("There is no system keychain: the login is kept for this session only, and is not shown again."));
            m_store->setVisible(!keychain);
            fitHeight();
        });
}

void AddClusterDialog::suggestName()
{
    if (m_known.name.isEmpty() && !m_nameTyped)
        m_name->setText(nameFor(m_forms->server(), m_hub));
}

void AddClusterDialog::updateState()
{
    // Before build() is through.
    if (!m_connect)
        return;
    if (m_certificate->isAsked() && m_forms->server() != m_asked) {
        m_certificate->forget();
        fitHeight();
        return;
    }
    models::LoginRequest request;
    const auto filled = m_forms->fill(request);
    const QString name = m_name->text();
    QString reason;
    if (!filled)
        reason = filled.error().message;
    else if (name.isEmpty())
        reason = tr("The cluster needs a name.");
    else if (const auto checked = cluster::checkClusterName(name); !checked)
        reason = checked.error().message;
    else if (m_known.name.isEmpty() && m_hub.cluster(name))
        reason = tr("A cluster of this name is in the list already.");
    else if (!m_certificate->isAcceptable())
        reason = tr("The fingerprint is not the expected one, or no CA file is chosen.");
    m_connect->setEnabled(!m_busy && reason.isEmpty());
    m_connect->setText(m_certificate->isAsked() ? tr("Trust and connect") : tr("Connect"));
    m_connect->setToolTip(reason);
    if (!m_busy)
        m_busyText->setText(filled || !name.isEmpty() ? reason : QString());
}

void AddClusterDialog::setBusy(bool busy, const QString& text)
{
    m_busy = busy;
    m_inputs->setEnabled(!busy);
    m_busyGlyph->setGlyph(busy ? u"running"_s : QString());
    m_busyText->setText(text);
    updateState();
}

void AddClusterDialog::tryToConnect()
{
    m_request = {};
    if (const auto filled = m_forms->fill(m_request); !filled)
        return;
    m_request.name = m_name->text();
    m_request.storeToken = m_store->isVisible() && m_store->isChecked();
    m_request.colour = m_known.name.isEmpty() ? m_colour->colour() : m_known.colour;
    m_request.production = m_known.name.isEmpty() ? m_production->isChecked() : m_known.production;
    m_request.readOnly = m_known.name.isEmpty() ? m_readOnly->isChecked() : m_known.readOnly;
    if (m_certificate->isAsked())
        m_request.trust = m_certificate->trust();
    m_banner->hide();
    setBusy(true, tr("Connecting…"));
    m_abandoned = std::make_shared<bool>(false);
    // The hub is the context: it has to take a login back that nobody waits for any more.
    m_hub.login(m_request, &m_hub, [this, hub = &m_hub, name = m_request.name, isNew = m_known.name.isEmpty(), abandoned = m_abandoned](const Result<void>& done) {
        if (!*abandoned)
            answered(done);
        else if (done && isNew)
            hub->remove(name, hub, [](const Result<void>&) {});
    });
}

void AddClusterDialog::answered(const Result<void>& done)
{
    m_abandoned.reset();
    setBusy(false);
    if (done) {
        m_forms->forgetSecrets();
        const QString name = m_request.name;
        m_request = {};
        accept();
        Q_EMIT connected(name);
        return;
    }
    // A cluster that is known has its trust already: another certificate is an error then.
    if (done.error().code == ErrorCode::UntrustedCertificate && m_known.name.isEmpty() && !m_certificate->isAsked() && m_request.kubeconfig.isEmpty()) {
        askCertificate(done.error());
        return;
    }
    m_request = {};
    m_banner->show(Banner::Kind::Error, done.error().message, done.error().hint);
    m_banner->setToolTip(plainTip(done.error().detail.left(2000)));
    fitHeight();
}

void AddClusterDialog::askCertificate(const Error& refused)
{
    setBusy(true, tr("Reading the certificate…"));
    const QUrl server = m_request.server;
    m_request = {};
    m_hub.workplace().inBackground(
        this, [server] { return cluster::Logins::peekCertificate(server); },
        [this, refused](const Result<cluster::Certificate>& certificate) {
            setBusy(false);
            if (!certificate) {
                m_banner->show(Banner::Kind::Error, refused.message, refused.hint);
            } else {
                m_asked = m_forms->server();
                m_certificate->setCertificate(*certificate);
            }
            updateState();
            fitHeight();
        });
}

void AddClusterDialog::fitHeight()
{
    // After the layouts have heard of what was shown or hidden.
    QMetaObject::invokeMethod(
        this,
        [this] {
            m_inputs->layout()->activate();
            layout()->activate();
            const int wanted = layout()->hasHeightForWidth() ? layout()->totalHeightForWidth(dialogWidth) : layout()->totalSizeHint().height();
            resize(dialogWidth, std::max(wanted, minimumSizeHint().height()));
        },
        Qt::QueuedConnection);
}

void AddClusterDialog::showEvent(QShowEvent* event)
{
    QDialog::showEvent(event);
    m_forms->focusFirst();
}

void AddClusterDialog::reject()
{
    if (m_abandoned)
        *m_abandoned = true;
    QDialog::reject();
}

} // namespace scalekeep::widgets
