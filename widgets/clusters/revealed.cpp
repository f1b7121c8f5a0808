#include "widgets/clusters/revealed.h"

#include "widgets/common/parts.h"
#include "widgets/common/theme.h"

#include <QClipboard>
#include <QGuiApplication>
#include <QHBoxLayout>
#include <QKeyEvent>
#include <QScreen>
#include <QTimer>

namespace scalekeep::widgets {

using namespace Qt::Literals::StringLiterals;

namespace {
constexpr qsizetype longestShown = 64 * 1024;
}

Revealed::Revealed(const QString& secret, const QString& key, Secret value, QWidget* parent) : QFrame(parent, Qt::Popup), m_value(std::move(value))
{
    setObjectName(u"revealed"_s);
    setAttribute(Qt::WA_DeleteOnClose);
    setFrameShape(QFrame::StyledPanel);
    setAccessibleName(tr("Value of %1 in Secret %2").arg(key.left(100), secret.left(100)));
    auto* all = new QVBoxLayout(this);
    all->setContentsMargins(12, 8, 12, 8);
    auto* title = new ElidedLabel(tr("%1 in Secret %2").arg(key.left(100), secret.left(100)), Qt::ElideMiddle, this);
    QFont bold = title->font();
    bold.setWeight(QFont::DemiBold);
    title->setFont(bold);
    all->addWidget(title);
    m_text = new QPlainTextEdit(this);
    m_text->setObjectName(u"revealedText"_s);
    m_text->setAccessibleName(tr("Value"));
    m_text->setReadOnly(true);
    m_text->setUndoRedoEnabled(false);
    m_text->setContextMenuPolicy(Qt::NoContextMenu);
    // Selecting text would put it into the selection clipboard of X11 unasked.
    m_text->setTextInteractionFlags(Qt::NoTextInteraction);
    m_text->setFont(theme::fixedFont());
    m_text->setLineWrapMode(QPlainTextEdit::WidgetWidth);
    m_text->setWordWrapMode(QTextOption::WrapAnywhere);
    const QString text = QString::fromUtf8(m_value.reveal().left(longestShown));
    m_text->setPlainText(m_value.isEmpty() ? tr("(empty)") : text);
    const int lines = std::clamp(int(text.count(u'\n') + 1 + text.size() / 50), 1, 10);
    m_text->setFixedHeight(QFontMetrics(m_text->font()).lineSpacing() * lines + 14);
    all->addWidget(m_text);
    auto* row = new QHBoxLayout;
    m_left = new QLabel(this);
    m_left->setForegroundRole(QPalette::PlaceholderText);
    row->addWidget(m_left, 1);
    auto* copy = makeButton(tr("Copy value"), u"copy"_s, ButtonKind::Plain, this);
    copy->setObjectName(u"copyValue"_s);
    copy->setToolTip(tr("Puts the value on the clipboard, where other programs can read it"));
    connect(copy, &QPushButton::clicked, this, [this] { QGuiApplication::clipboard()->setText(QString::fromUtf8(m_value.reveal())); });
    auto* hide = makeButton(tr("Hide"), {}, ButtonKind::Plain, this);
    hide->setObjectName(u"hideValue"_s);
    connect(hide, &QPushButton::clicked, this, &QWidget::close);
    row->addWidget(copy);
    row->addWidget(hide);
    all->addLayout(row);
    setFixedWidth(420);
    auto* timer = new QTimer(this);
    timer->setInterval(1000);
    connect(timer, &QTimer::timeout, this, &Revealed::countDown);
    timer->start();
    m_left->setText(tr("Hidden in %1 s").arg(m_seconds));
}

void Revealed::showAt(const QPoint& global)
{
    adjustSize();
    QRect place(global, size());
    if (const QScreen* screen = QGuiApplication::screenAt(global)) {
        const QRect room = screen->availableGeometry();
        place.moveLeft(std::max(room.left(), std::min(place.left(), room.right() - place.width())));
        place.moveTop(std::max(room.top(), std::min(place.top(), room.bottom() - place.height())));
    }
    move(place.topLeft());
    show();
    if (auto* hide = findChild<QPushButton*>(u"hideValue"_s))
        hide->setFocus();
}

void Revealed::countDown()
{
    if (--m_seconds <= 0)
        close();
    else
        m_left->setText(tr("Hidden in %1 s").arg(m_seconds));
}

void Revealed::keyPressEvent(QKeyEvent* event)
{
    if (event->key() == Qt::Key_Escape)
        close();
    else
        QFrame::keyPressEvent(event);
}

void Revealed::hideEvent(QHideEvent* event)
{
    m_text->clear();
    QFrame::hideEvent(event);
}

} // namespace scalekeep::widgets
