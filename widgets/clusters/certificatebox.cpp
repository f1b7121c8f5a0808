#include "widgets/clusters/certificatebox.h"

#include "widgets/common/theme.h"

#include <QFileDialog>
#include <QFileInfo>
#include <QFormLayout>
#include <QLocale>
#include <QPainter>
#include <QRadioButton>
#include <QRegularExpression>

namespace scalekeep::widgets {

using namespace Qt::Literals::StringLiterals;

namespace {
constexpr qsizetype longestName = 300;

QString digits(const QString& fingerprint)
{
    static const QRegularExpression others(u"^\\s*sha-?256( fingerprint)?\\s*[=:]|[^0-9A-Fa-f]"_s, QRegularExpression::CaseInsensitiveOption);
    return QString(fingerprint).remove(others).toUpper();
}

/// 32 pairs do not fit into one line.
QString inTwoLines(const QString& fingerprint)
{
    const qsizetype half = 16 * 3;
    return fingerprint.size() > half ? fingerprint.left(half - 1) + u'\n' + fingerprint.mid(half) : fingerprint;
}

class WarningFrame : public QFrame {
public:
    using QFrame::QFrame;

protected:
    void paintEvent(QPaintEvent* /*event*/) override
    {
        QPainter painter(this);
        painter.fillRect(rect(), theme::color(Token::Base));
        painter.setPen(theme::color(Token::Warn));
        painter.drawRect(rect().adjusted(0, 0, -1, -1));
        painter.fillRect(QRect(0, 0, 4, height()), theme::color(Token::Warn));
    }
};
} // namespace

CertificateBox::CertificateBox(QWidget* parent) : QWidget(parent)
{
    auto* all = new QVBoxLayout(this);
    all->setContentsMargins(0, 0, 0, 0);
    all->setSpacing(10);
    auto* frame = new WarningFrame(this);
    auto* inside = new QVBoxLayout(frame);
    inside->setContentsMargins(18, 10, 14, 10);
    inside->setSpacing(6);
    auto* head = new QHBoxLayout;
    head->setSpacing(10);
    head->addWidget(new GlyphLabel(u"warning"_s, 16, frame), 0, Qt::AlignTop);
    auto* words = new QVBoxLayout;
    words->setSpacing(2);
    auto* title = new QLabel(tr("This computer does not know the issuer of this certificate"), frame);
    QFont bold = title->font();
    bold.setWeight(QFont::DemiBold);
    title->setFont(bold);
    title->setWordWrap(true);
    auto* text = new QLabel(tr("Compare the fingerprint with the one from the cluster’s administrator before you trust it."), frame);
    text->setForegroundRole(QPalette::PlaceholderText);
    text->setWordWrap(true);
    words->addWidget(title);
    words->addWidget(text);
    head->addLayout(words, 1);
    inside->addLayout(head);
    auto* form = new QFormLayout;
    form->setContentsMargins(26, 0, 0, 0);
    form->setLabelAlignment(Qt::AlignRight);
    form->setHorizontalSpacing(10);
    form->setVerticalSpacing(4);
    m_subject = addField(form, tr("Subject"));
    m_issuer = addField(form, tr("Issuer"));
    m_valid = addField(form, tr("Valid"));
    m_fingerprint = addField(form, tr("SHA-256"));
    m_fingerprint->setFont(theme::fixedFont());
    m_fingerprint->setWordWrap(false);
    m_fingerprint->setObjectName(u"fingerprint"_s);
    auto* expected = new QHBoxLayout;
    m_expected = new QLineEdit(frame);
    m_expected->setObjectName(u"expectedFingerprint"_s);
    m_expected->setFont(theme::fixedFont());
    m_expected->setMaxLength(200);
    m_expected->setAccessibleName(tr("Expected fingerprint"));
    m_expected->setToolTip(tr("Paste the SHA-256 fingerprint that the administrator gave you, with or without colons"));
    m_expected->setPlaceholderText(tr("Paste it here to compare"));
    m_equalGlyph = new GlyphLabel({}, 16, frame);
    m_equal = new QLabel(frame);
    expected->setSpacing(6);
    expected->addWidget(m_expected, 1);
    expected->addWidget(m_equalGlyph);
    expected->addWidget(m_equal);
    form->addRow(tr("Expected"), expected);
    inside->addLayout(form);
    all->addWidget(frame);

    m_trustThis = new QRadioButton(tr("Trust this certificate, for this cluster only"), this);
    m_trustThis->setObjectName(u"trustThis"_s);
    m_trustThis->setChecked(true);
    m_trustFile = new QRadioButton(tr("Trust a CA file"), this);
    m_trustFile->setObjectName(u"trustFile"_s);
    m_file = new QLineEdit(this);
    m_file->setObjectName(u"caFile"_s);
    m_file->setPlaceholderText(tr("No file chosen"));
    m_file->setAccessibleName(tr("CA file"));
    m_browse = makeButton(tr("Browse…"), {}, ButtonKind::Plain, this);
    auto* file = new QHBoxLayout;
    file->addWidget(m_trustFile);
    file->addWidget(m_file, 1);
    file->addWidget(m_browse);
    all->addWidget(m_trustThis);
    all->addLayout(file);
    const auto enable = [this] {
        m_file->setEnabled(m_trustFile->isChecked());
        m_browse->setEnabled(m_trustFile->isChecked());
        Q_EMIT changed();
    };
    connect(m_trustFile, &QRadioButton::toggled, this, enable);
    connect(m_file, &QLineEdit::textChanged, this, &CertificateBox::changed);
    connect(m_expected, &QLineEdit::textChanged, this, &CertificateBox::compare);
    connect(m_browse, &QPushButton::clicked, this, &CertificateBox::browse);
    enable();
    compare();
    hide();
}

QLabel* CertificateBox::addField(QFormLayout* form, const QString& title)
{
    auto* value = new QLabel(this);
    value->setTextFormat(Qt::PlainText);
    value->setWordWrap(true);
    value->setTextInteractionFlags(Qt::TextSelectableByMouse);
    value->setAccessibleName(title);
    auto* label = new QLabel(title, this);
    label->setForegroundRole(QPalette::PlaceholderText);
    form->addRow(label, value);
    return value;
}

void CertificateBox::setCertificate(const cluster::Certificate& certificate)
{
    m_certificate = certificate;
    m_subject->setText(certificate.subject.left(longestName));
    m_issuer->setText(certificate.issuer.left(longestName));
    const QLocale locale;
    const QString form = u"d MMM yyyy"_s;
    const qint64 days = QDateTime::currentDateTimeUtc().daysTo(certificate.notAfter);
    const QString left = certificate.notAfter < QDateTime::currentDateTimeUtc() ? tr("expired") : days == 0 ? tr("less than a day left") : days == 1 ? tr("1 day left") : tr("%1 days left").arg(days);
    m_valid->setText(tr("%1 to %2, %3").arg(locale.toString(certificate.notBefore.toUTC(), form), locale.toString(certificate.notAfter.toUTC(), form), left));
    m_fingerprint->setText(inTwoLines(certificate.fingerprint.left(longestName)));
    m_fingerprint->setMinimumHeight(m_fingerprint->sizeHint().height());
    m_expected->clear();
    show();
    compare();
    m_expected->setFocus();
}

void CertificateBox::forget()
{
    m_certificate = {};
    m_trustThis->setChecked(true);
    hide();
    Q_EMIT changed();
}

cluster::Trust CertificateBox::trust() const
{
    if (!isAsked())
        return {};
    return m_trustFile->isChecked() ? cluster::Trust{m_file->text().trimmed(), {}} : cluster::Trust{{}, m_certificate.fingerprint};
}

bool CertificateBox::isAcceptable() const
{
    if (!isAsked())
        return true;
    if (m_trustFile->isChecked())
        return !m_file->text().trimmed().isEmpty();
    const QString expected = m_expected->text().trimmed();
    return expected.isEmpty() || digits(expected) == digits(m_certificate.fingerprint);
}

void CertificateBox::compare()
{
    const QString expected = m_expected->text().trimmed();
    const bool equal = !expected.isEmpty() && digits(expected) == digits(m_certificate.fingerprint);
    m_equalGlyph->setGlyph(expected.isEmpty() ? QString() : equal ? u"proven"_s : u"failed"_s);
    m_equal->setText(expected.isEmpty() ? QString() : equal ? tr("equal") : tr("different"));
    Q_EMIT changed();
}

void CertificateBox::browse()
{
    const QString file = QFileDialog::getOpenFileName(this, tr("CA file"), m_file->text(), tr("Certificates (*.crt *.pem *.cer);;All files (*)"));
    if (!file.isEmpty())
        m_file->setText(file);
}

} // namespace scalekeep::widgets
