#include "widgets/common/motion.h"

#include "widgets/common/theme.h"

#include <QApplication>
#include <QElapsedTimer>
#include <QPointer>
#include <QRect>
#include <QTimer>
#include <QWidget>

#include <utility>
#include <vector>

namespace scalekeep::widgets::motion {

namespace {

constexpr int stepMs = 80;
constexpr int roundMs = 1200;

class Ticker : public QTimer {
public:
    Ticker()
    {
        setInterval(stepMs);
        m_clock.start();
        QObject::connect(this, &QTimer::timeout, this, [this] {
            const auto due = std::exchange(m_waiting, {});
            stop();
            for (const Part& part : due) {
                if (part.widget && part.widget->isVisible())
                    part.widget->update(part.rect);
            }
        });
    }

    double turn() const { return double(m_clock.elapsed() % roundMs) / roundMs; }

    void add(QWidget* widget, const QRect& rect)
    {
        for (const Part& part : m_waiting) {
            if (part.widget == widget && part.rect == rect)
                return;
        }
        m_waiting.push_back({widget, rect});
        if (!isActive())
            start();
    }

private:
    struct Part {
        QPointer<QWidget> widget;
        QRect rect;
    };
    QElapsedTimer m_clock;
    std::vector<Part> m_waiting;
};

Ticker& ticker()
{
    static QPointer<Ticker> instance;
    if (!instance) {
        instance = new Ticker;
        instance->setParent(qApp); // ends with the application, before its timers do
    }
    return *instance;
}

} // namespace

double turn()
{
    return theme::isAnimated() ? ticker().turn() : 0;
}

void repaint(QWidget* widget, const QRect& part)
{
    if (theme::isAnimated() && widget)
        ticker().add(widget, part);
}

} // namespace scalekeep::widgets::motion
