#pragma once

class QRect;
class QWidget;

/// The one thing that moves: the running ring, one turn in 1.2 s. GUI thread.
namespace scalekeep::widgets::motion {

/// 0..1, the angle now; always 0 when the system asks for less motion.
double turn();
/// Paints this part of the widget again at the next step of the ring. A widget asks anew each time it paints one, so what is hidden costs nothing.
void repaint(QWidget* widget, const QRect& part);

} // namespace scalekeep::widgets::motion
