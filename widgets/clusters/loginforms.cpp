#include "widgets/clusters/loginforms.h"

#include "engine/cluster/kubeconfig.h"
#include "widgets/clusters/loginline.h"
#include "widgets/common/theme.h"

#include <QDir>
#include <QFileDialog>
#include <QFileInfo>
#include <QFormLayout>
#include <QTabWidget>

namespace scalekeep::widgets {

using namespace Qt::Literals::StringLiterals;

namespace {
constexpr int longestField = 16 * 1024;

QFormLayout* formOn(QWidget* page)
{
    auto* form = new QFormLayout(page);
    form->setContentsMargins(20, 14, 20, 0);
    form->setLabelAlignment(Qt::AlignRight | Qt::AlignVCenter);
    form->setHorizontalSpacing(10);
    form->setVerticalSpacing(8);
    return form;
}

QUrl urlOf(const QString& text)
{
    const QString server = text.trimmed();
    return server.isEmpty() ? QUrl() : QUrl(server.contains(u"://") ? server : u"https://"_s + server, QUrl::StrictMode);
}

QString usualKubeconfig()
{
    const QString named = qEnvironmentVariable("KUBECONFIG").section(QDir::listSeparator(), 0, 0);
    const QString path = named.isEmpty() ? QDir::home().filePath(u".kube/config"_s) : named;
    return QFileInfo::exists(path) ? path : QString();
}
} // namespace

LoginForms::LoginForms(QWidget* parent) : QWidget(parent), m_tabs(new QTabWidget(this))
{
    auto* all = new QVBoxLayout(this);
    all->setContentsMargins(0, 0, 0, 0);
    m_tabs->setObjectName(u"loginWays"_s);
    m_tabs->setAccessibleName(tr("Way to log in"));
    m_tabs->setDocumentMode(true);
    m_tabs->addTab(makeLine(), tr("Login command"));
    m_tabs->addTab(makeToken(), tr("Token"));
    m_tabs->addTab(makePassword(), tr("User and password"));
    m_tabs->addTab(makeKubeconfig(), tr("Kubeconfig"));
    all->addWidget(m_tabs);
    connect(m_tabs, &QTabWidget::currentChanged, this, &LoginForms::changed);
}

QLineEdit* LoginForms::field(const QString& name, const QString& title, const QString& placeholder, bool secret)
{
    auto* edit = new QLineEdit(this);
    edit->setObjectName(name);
    edit->setAccessibleName(title);
    edit->setPlaceholderText(placeholder);
    edit->setMaxLength(longestField);
    if (secret) {
        edit->setEchoMode(QLineEdit::Password);
        edit->setInputMethodHints(Qt::ImhHiddenText | Qt::ImhSensitiveData | Qt::ImhNoPredictiveText);
    }
    connect(edit, &QLineEdit::textChanged, this, &LoginForms::changed);
    connect(edit, &QLineEdit::returnPressed, this, &LoginForms::submitted);
    return edit;
}

QWidget* LoginForms::makeLine()
{
    auto* page = new QWidget(this);
    auto* all = new QVBoxLayout(page);
    all->setContentsMargins(20, 14, 20, 0);
    all->setSpacing(6);
    auto* label = new QLabel(tr("Paste the line from <b>Copy login command</b> in the OpenShift console"), page);
    m_line = new LoginLine(page);
    m_line->setObjectName(u"loginLine"_s);
    m_line->setAccessibleName(tr("Login command"));
    label->setBuddy(m_line);
    auto* state = new QHBoxLayout;
    state->setSpacing(8);
    m_lineGlyph = new GlyphLabel({}, 16, page);
    m_lineText = new QLabel(page);
    m_lineText->setObjectName(u"loginLineState"_s);
    m_lineText->setTextFormat(Qt::PlainText);
    m_lineText->setWordWrap(true);
    m_lineText->setForegroundRole(QPalette::PlaceholderText);
    state->addWidget(m_lineGlyph, 0, Qt::AlignTop);
    state->addWidget(m_lineText, 1);
    all->addWidget(label);
    all->addWidget(m_line);
    all->addLayout(state);
    all->addStretch(1);
    connect(m_line, &LoginLine::read, this, [this] {
        updateLine();
        Q_EMIT changed();
    });
    connect(m_line, &QLineEdit::returnPressed, this, &LoginForms::submitted);
    return page;
}

void LoginForms::updateLine()
{
    const auto& command = m_line->command();
    if (m_line->error()) {
        m_lineGlyph->setGlyph(u"warning"_s);
        m_lineText->setText(m_line->error()->message);
        m_lineText->setToolTip(m_line->error()->hint);
    } else if (command) {
        m_lineGlyph->setGlyph(u"proven"_s);
        const QString found = !command->token.isEmpty() ? tr("Server and token found.") : command->password.isEmpty() ? tr("Server and user found. The password goes under “User and password”.") : tr("Server, user and password found.");
        m_lineText->setText(found + u' ' + m_kept);
        m_lineText->setToolTip({});
    } else {
        m_lineGlyph->setGlyph({});
        m_lineText->setText(tr("In the console: your name at the top right, then “Copy login command”."));
        m_lineText->setToolTip({});
    }
}

QWidget* LoginForms::makeToken()
{
    auto* page = new QWidget(this);
    QFormLayout* form = formOn(page);
    m_tokenServer = field(u"tokenServer"_s, tr("API server"), u"https://api.example.com:6443"_s);
    m_token = field(u"token"_s, tr("Token"), u"sha256~…"_s, true);
    form->addRow(tr("API server"), m_tokenServer);
    form->addRow(tr("Token"), m_token);
    auto* kept = new QLabel(page);
    kept->setForegroundRole(QPalette::PlaceholderText);
    kept->setWordWrap(true);
    form->addRow(QString(), kept);
    m_keptLabels.append(kept);
    return page;
}

QWidget* LoginForms::makePassword()
{
    auto* page = new QWidget(this);
    QFormLayout* form = formOn(page);
    m_passwordServer = field(u"passwordServer"_s, tr("API server"), u"https://api.example.com:6443"_s);
    m_user = field(u"user"_s, tr("User"), {});
    m_password = field(u"password"_s, tr("Password"), {}, true);
    form->addRow(tr("API server"), m_passwordServer);
    form->addRow(tr("User"), m_user);
    form->addRow(tr("Password"), m_password);
    auto* kept = new QLabel(page);
    kept->setForegroundRole(QPalette::PlaceholderText);
    kept->setWordWrap(true);
    form->addRow(QString(), kept);
    m_keptLabels.append(kept);
    return page;
}

QWidget* LoginForms::makeKubeconfig()
{
    auto* page = new QWidget(this);
    QFormLayout* form = formOn(page);
    m_file = field(u"kubeconfig"_s, tr("Kubeconfig file"), tr("No file chosen"));
    m_file->setText(usualKubeconfig());
    auto* browse = makeButton(tr("Browse…"), {}, ButtonKind::Plain, page);
    auto* row = new QHBoxLayout;
    row->setSpacing(8);
    row->addWidget(m_file, 1);
    row->addWidget(browse);
    m_context = field(u"context"_s, tr("Context"), tr("The file’s current one"));
    form->addRow(tr("File"), row);
    form->addRow(tr("Context"), m_context);
    auto* note = new QLabel(tr("The file is only read. The login is copied; logging out here leaves it valid."), page);
    note->setForegroundRole(QPalette::PlaceholderText);
    note->setWordWrap(true);
    form->addRow(QString(), note);
    connect(browse, &QPushButton::clicked, this, [this] {
        const QString file = QFileDialog::getOpenFileName(this, tr("Kubeconfig"), m_file->text());
        if (!file.isEmpty())
            m_file->setText(file);
    });
    return page;
}

void LoginForms::showTab(Tab tab)
{
    m_tabs->setCurrentIndex(tab);
}

void LoginForms::focusFirst()
{
    QLineEdit* const first[] = {m_line, m_fixed.isEmpty() ? m_tokenServer : m_token, m_fixed.isEmpty() ? m_passwordServer : m_password, m_file};
    first[m_tabs->currentIndex()]->setFocus();
}

void LoginForms::fix(const QUrl& server, const QString& user)
{
    m_fixed = server;
    for (QLineEdit* each : {m_tokenServer, m_passwordServer}) {
        each->setText(server.toString());
        each->setReadOnly(true);
        each->setToolTip(tr("The server of a cluster does not change"));
    }
    m_user->setText(user);
}

void LoginForms::setKept(const QString& text)
{
    m_kept = text;
    for (QLabel* each : std::as_const(m_keptLabels))
        each->setText(text);
    updateLine();
}

QUrl LoginForms::server() const
{
    switch (m_tabs->currentIndex()) {
    case Line: return m_line->command() ? m_line->command()->server : QUrl();
    case Token: return urlOf(m_tokenServer->text());
    case Password: return urlOf(m_passwordServer->text());
    default: break;
    }
    const auto server = m_file->text().isEmpty() ? Result<cluster::Kubeconfig>(fail(ErrorCode::NotFound, QString())) : cluster::readKubeconfig(m_file->text(), m_context->text().trimmed());
    return server ? server->server : QUrl();
}

Result<void> LoginForms::fill(models::LoginRequest& request) const
{
    const auto missing = [](const QString& what) { return fail(ErrorCode::Usage, what); };
    switch (m_tabs->currentIndex()) {
    case Line:
        if (m_line->error())
            return fail(*m_line->error());
        if (!m_line->command())
            return missing(tr("Paste the login command first."));
        request.server = m_line->command()->server;
        request.token = m_line->command()->token;
        request.user = m_line->command()->user;
        request.password = m_line->command()->password;
        request.trust.caFile = m_line->command()->caFile;
        if (request.token.isEmpty() && request.password.isEmpty())
            return missing(tr("The line names a user but no password: use “User and password”."));
        break;
    case Token:
        request.server = urlOf(m_tokenServer->text());
        request.token = Secret(m_token->text().trimmed().toUtf8());
        if (request.server.isEmpty() || request.token.isEmpty())
            return missing(tr("API server and token are needed."));
        break;
    case Password:
        request.server = urlOf(m_passwordServer->text());
        request.user = m_user->text();
        request.password = Secret(m_password->text().toUtf8());
        if (request.server.isEmpty() || request.user.isEmpty() || request.password.isEmpty())
            return missing(tr("API server, user and password are needed."));
        break;
    default:
        request.kubeconfig = m_file->text().trimmed();
        request.context = m_context->text().trimmed();
        if (request.kubeconfig.isEmpty())
            return missing(tr("Choose a kubeconfig file."));
        break;
    }
    if (const auto checked = request.kubeconfig.isEmpty() ? cluster::checkedServer(request.server) : Result<QUrl>(QUrl()); !checked)
        return fail(checked.error());
    if (!m_fixed.isEmpty() && request.kubeconfig.isEmpty() && *cluster::checkedServer(request.server) != m_fixed)
        return fail(ErrorCode::Usage, tr("This login is for another server, %1.").arg(request.server.toString().left(200)), tr("This cluster is %1. Add the other one as a cluster of its own.").arg(m_fixed.toString()));
    return {};
}

void LoginForms::forgetSecrets()
{
    m_line->clear();
    m_token->clear();
    m_password->clear();
}

} // namespace scalekeep::widgets
