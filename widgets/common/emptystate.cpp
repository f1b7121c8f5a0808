#include "widgets/common/icons.h"
#include "widgets/common/parts.h"
#include "widgets/common/theme.h"

#include <QAbstractItemModel>
#include <QAbstractItemView>
#include <QEvent>
#include <QVBoxLayout>

namespace scalekeep::widgets {

namespace {
constexpr int pictureSize = 48;
}

EmptyState::EmptyState(const QString& iconName, const QString& title, const QString& text, QWidget* parent)
    : QWidget(parent), m_iconName(iconName)
{
    auto* all = new QVBoxLayout(this);
    all->setContentsMargins(24, 12, 24, 12);
    auto* column = new QWidget(this);
    column->setMaximumWidth(420);
    m_layout = new QVBoxLayout(column);
    m_layout->setContentsMargins(0, 0, 0, 0);
    m_layout->setSpacing(8);
    m_icon = new QLabel(column);
    m_icon->setAlignment(Qt::AlignCenter);
    m_icon->setVisible(!iconName.isEmpty());
    m_title = new QLabel(column);
    m_text = new QLabel(column);
    QFont bold = m_title->font();
    bold.setWeight(QFont::DemiBold);
    m_title->setFont(bold);
    m_text->setForegroundRole(QPalette::PlaceholderText);
    for (QLabel* label : {m_title, m_text}) {
        label->setTextFormat(Qt::PlainText);
        label->setWordWrap(true);
        label->setAlignment(Qt::AlignCenter);
    }
    m_layout->addWidget(m_icon);
    m_layout->addWidget(m_title);
    m_layout->addWidget(m_text);
    all->addStretch(1);
    auto* middle = new QHBoxLayout;
    middle->addStretch(1);
    middle->addWidget(column, 1000);
    middle->addStretch(1);
    all->addLayout(middle);
    all->addStretch(1);
    drawIcon();
    set(title, text);
}

void EmptyState::set(const QString& title, const QString& text)
{
    m_title->setText(title.left(400));
    m_title->setVisible(!title.isEmpty());
    m_text->setText(text.left(1000));
    m_text->setVisible(!text.isEmpty());
    setAccessibleName(title);
    setAccessibleDescription(text);
}

QPushButton* EmptyState::addAction(const QString& text)
{
    QPushButton* button = makeButton(text, {}, ButtonKind::Plain, this);
    m_layout->addSpacing(4);
    m_layout->addWidget(button, 0, Qt::AlignHCenter);
    return button;
}

EmptyState* EmptyState::over(QAbstractItemView* view, const QString& iconName, const QString& title, const QString& text)
{
    auto* state = new EmptyState(iconName, title, text, view->viewport());
    state->m_view = view;
    view->viewport()->installEventFilter(state);
    state->follow(view);
    return state;
}

bool EmptyState::eventFilter(QObject* watched, QEvent* event)
{
    // A view does not tell when it gets another model, but it paints then.
    if (m_view && watched == m_view->viewport() && (event->type() == QEvent::Resize || event->type() == QEvent::Show || (event->type() == QEvent::Paint && m_view->model() != m_model)))
        follow(m_view);
    return QWidget::eventFilter(watched, event);
}

void EmptyState::changeEvent(QEvent* event)
{
    if (event->type() == QEvent::PaletteChange)
        drawIcon();
    QWidget::changeEvent(event);
}

void EmptyState::follow(QAbstractItemView* view)
{
    QAbstractItemModel* model = view->model();
    if (model != m_model) {
        if (m_model)
            m_model->disconnect(this);
        m_model = model;
        if (model) {
            const auto again = [this] {
                if (m_view)
                    follow(m_view);
            };
            connect(model, &QAbstractItemModel::rowsInserted, this, again);
            connect(model, &QAbstractItemModel::rowsRemoved, this, again);
            connect(model, &QAbstractItemModel::modelReset, this, again);
            connect(model, &QAbstractItemModel::layoutChanged, this, again);
        }
    }
    setGeometry(view->viewport()->rect());
    m_icon->setVisible(!m_iconName.isEmpty() && height() >= pictureSize * 4);
    setVisible(!model || model->rowCount(view->rootIndex()) == 0);
}

void EmptyState::drawIcon()
{
    m_icon->setPixmap(icon(m_iconName).pixmap(QSize(pictureSize, pictureSize), devicePixelRatioF()));
}

} // namespace scalekeep::widgets
