#include "widgets/backup/firststart.h"

#include "models/common/format.h"
#include "widgets/common/parts.h"
#include "widgets/common/theme.h"

#include <QDir>
#include <QGridLayout>
#include <QPainter>

namespace scalekeep::widgets {

using namespace Qt::Literals::StringLiterals;

namespace {
constexpr int columnWidth = 620, circle = 28;

/// The number of a step in a circle; the first one is filled.
class StepNumber : public QWidget {
public:
    StepNumber(int number, bool current) : m_number(number), m_current(current)
    {
        setFixedSize(circle, circle);
    }

protected:
    void paintEvent(QPaintEvent* /*event*/) override
    {
        QPainter painter(this);
        painter.setRenderHint(QPainter::Antialiasing);
        painter.setPen(QPen(theme::color(m_current ? Token::AccentFill : Token::Line2), 1));
        painter.setBrush(m_current ? QBrush(theme::color(Token::AccentFill)) : QBrush(Qt::NoBrush));
        painter.drawEllipse(QRectF(rect()).adjusted(0.5, 0.5, -0.5, -0.5));
        QFont bold = font();
        bold.setBold(true);
        painter.setFont(bold);
        painter.setPen(theme::color(m_current ? Token::OnAccent : Token::Text2));
        painter.drawText(rect(), Qt::AlignCenter, QString::number(m_number));
    }

private:
    int m_number;
    bool m_current;
};

QLabel* label(const QString& text, bool grey = false, bool bold = false)
{
    auto* made = new QLabel(text);
    made->setTextFormat(Qt::PlainText);
    if (grey)
        made->setForegroundRole(QPalette::PlaceholderText);
    if (bold) {
        QFont font = made->font();
        font.setBold(true);
        made->setFont(font);
    }
    return made;
}

QFrame* line()
{
    auto* made = new QFrame;
    made->setFrameShape(QFrame::HLine);
    made->setFrameShadow(QFrame::Plain);
    made->setForegroundRole(QPalette::Mid);
    return made;
}

QWidget* step(int number, const QString& title, const QString& text, QPushButton* button)
{
    auto* row = new QWidget;
    auto* layout = new QHBoxLayout(row);
    layout->setContentsMargins(16, 14, 16, 14);
    layout->setSpacing(20);
    layout->addWidget(new StepNumber(number, number == 1));
    auto* texts = new QVBoxLayout;
    texts->setSpacing(0);
    texts->addWidget(label(title, false, true));
    auto* below = label(text, true);
    below->setWordWrap(true);
    texts->addWidget(below);
    layout->addLayout(texts, 1);
    if (button)
        layout->addWidget(button);
    return row;
}
} // namespace

FirstStart::FirstStart(QWidget* parent) : QWidget(parent), m_add(makeButton(tr("Add cluster…"), {}, ButtonKind::Primary)), m_ready(new QGridLayout)
{
    setObjectName(u"firstStart"_s);
    m_add->setAccessibleName(tr("Add cluster"));
    m_add->setToolTip(tr("With the login command of the console, a password, or a kubeconfig (Ctrl+N)."));
    auto* title = label(tr("Back up a 3scale installation"));
    title->setFont(theme::figureFont());
    auto* steps = new Panel({});
    steps->body()->addWidget(step(1, tr("Add a cluster"), tr("With the login command of the console, or a kubeconfig."), m_add));
    steps->body()->addWidget(line());
    steps->body()->addWidget(step(2, tr("Drag components into the plan"), tr("A whole namespace or single components, such as system-mysql."), nullptr));
    steps->body()->addWidget(line());
    steps->body()->addWidget(step(3, tr("Start the backup"), tr("You get one bundle file, checked byte by byte."), nullptr));
    m_ready->setContentsMargins(0, 0, 0, 0);
    m_ready->setHorizontalSpacing(8);
    m_ready->setVerticalSpacing(4);
    m_ready->setColumnMinimumWidth(1, 150);
    m_ready->setColumnStretch(2, 1);
    auto* open = makeButton(tr("Open bundle…"), u"open"_s, ButtonKind::Flat);
    open->setToolTip(tr("Shows what is in a bundle file (Ctrl+O)."));
    auto* shortcut = label(QKeySequence(QKeySequence::Open).toString(QKeySequence::NativeText), true);
    shortcut->setFont(theme::smallFont());
    auto* foot = new QHBoxLayout;
    foot->setSpacing(8);
    foot->addWidget(label(tr("Only want to look into a bundle?"), true));
    foot->addWidget(open);
    foot->addWidget(shortcut);
    foot->addStretch();

    auto* column = new QWidget;
    column->setFixedWidth(columnWidth);
    auto* layout = new QVBoxLayout(column);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(0);
    layout->addWidget(title);
    layout->addSpacing(4);
    layout->addWidget(label(tr("Everything goes through oc. Nothing is installed in the cluster."), true));
    layout->addSpacing(14);
    layout->addWidget(steps);
    layout->addSpacing(20);
    layout->addWidget(label(tr("Ready on this computer"), false, true));
    layout->addSpacing(8);
    layout->addLayout(m_ready);
    layout->addSpacing(14);
    layout->addWidget(line());
    layout->addSpacing(10);
    layout->addLayout(foot);
    auto* outer = new QGridLayout(this);
    outer->setContentsMargins(16, 16, 16, 16);
    outer->addWidget(column, 0, 0, Qt::AlignCenter);
    connect(m_add, &QPushButton::clicked, this, &FirstStart::addClusterRequested);
    connect(open, &QPushButton::clicked, this, &FirstStart::openBundleRequested);
    addReady(u"waiting"_s, tr("This computer"), tr("Being looked at…"), {}, nullptr);
}

void FirstStart::addReady(const QString& glyph, const QString& name, const QString& text, const QString& tip, QPushButton* button)
{
    const int row = m_ready->rowCount();
    m_ready->setRowMinimumHeight(row, theme::controlHeight());
    m_ready->addWidget(new GlyphLabel(glyph), row, 0);
    m_ready->addWidget(label(name), row, 1);
    auto* found = new ElidedLabel(text);
    found->setTextFormat(Qt::PlainText);
    found->setForegroundRole(QPalette::PlaceholderText);
    if (!tip.isEmpty())
        found->setToolTip(tip);
    m_ready->addWidget(found, row, 2);
    if (button)
        m_ready->addWidget(button, row, 3, Qt::AlignRight);
}

void FirstStart::set(const models::Readiness& readiness)
{
    while (QLayoutItem* item = m_ready->takeAt(0)) {
        if (QWidget* widget = item->widget()) {
            widget->hide();
            widget->setParent(nullptr);
            widget->deleteLater();
        }
        delete item;
    }
    for (int row = 0; row < m_ready->rowCount(); ++row)
        m_ready->setRowMinimumHeight(row, 0);
    if (readiness.ocError)
        addReady(u"failed"_s, tr("oc client"), readiness.ocError->message + u' ' + readiness.ocError->hint, readiness.ocError->message + u'\n' + readiness.ocError->hint, nullptr);
    else
        addReady(u"proven"_s, tr("oc client"), readiness.ocNamed ? tr("%1, named by SCALEKEEP_OC").arg(readiness.ocVersion) : tr("%1, found in the search path").arg(readiness.ocVersion), readiness.ocProgram, nullptr);
    addReady(readiness.keychain ? u"proven"_s : u"note"_s, tr("System keychain"), readiness.keychain ? tr("Available; tokens are kept there") : tr("Not available; tokens are kept until you log out of this computer"), {}, nullptr);
    QPushButton* change = makeButton(tr("Change…"), {}, ButtonKind::Flat);
    change->setAccessibleName(tr("Change the bundle folder"));
    change->setToolTip(tr("Chooses the folder that bundles are written to."));
    connect(change, &QPushButton::clicked, this, &FirstStart::folderRequested);
    const QString home = QDir::homePath() + u'/';
    const QString folder = readiness.folder.startsWith(home) ? tr("%1 in your home folder").arg(readiness.folder.mid(home.size())) : readiness.folder;
    addReady(readiness.freeBytes >= 0 ? u"proven"_s : u"warning"_s, tr("Bundle folder"), readiness.freeBytes >= 0 ? tr("%1, %2 free").arg(folder, models::formatBytes(readiness.freeBytes)) : folder, readiness.folder, change);
    if (readiness.contexts > 0) {
        QPushButton* import = makeButton(tr("Import…"), {}, ButtonKind::Flat);
        import->setAccessibleName(tr("Import a cluster from the kubeconfig"));
        import->setToolTip(tr("Takes the login of a context; your file is not changed."));
        connect(import, &QPushButton::clicked, this, &FirstStart::importRequested);
        addReady(u"note"_s, tr("Kubeconfig"), readiness.contexts == 1 ? tr("One context found in your kubeconfig") : tr("%1 contexts found in your kubeconfig").arg(readiness.contexts), readiness.kubeconfig, import);
    }
}

} // namespace scalekeep::widgets
