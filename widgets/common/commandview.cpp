#include "widgets/common/parts.h"
#include "widgets/common/theme.h"

#include <QEvent>
#include <QSyntaxHighlighter>

namespace scalekeep::widgets {

namespace {

/// Comments grey, quoted words in the link's colour. One line at a time: what is quoted over several lines stays plain.
class Highlighter : public QSyntaxHighlighter {
public:
    using QSyntaxHighlighter::QSyntaxHighlighter;

protected:
    void highlightBlock(const QString& line) override
    {
        constexpr qsizetype longest = 4000;
        const qsizetype end = std::min(line.size(), longest);
        QTextCharFormat quoted;
        quoted.setForeground(theme::color(Token::Accent));
        qsizetype at = 0;
        while (at < end) {
            const QChar c = line.at(at);
            const bool wordStart = at == 0 || line.at(at - 1).isSpace();
            if (c == u'#' && wordStart) {
                QTextCharFormat comment;
                comment.setForeground(theme::color(Token::Text2));
                setFormat(static_cast<int>(at), static_cast<int>(line.size() - at), comment);
                return;
            }
            if (c == u'\\') {
                at += 2;
                continue;
            }
            if (c == u'\'' || c == u'"') {
                qsizetype close = at + 1;
                while (close < end && line.at(close) != c)
                    close += c == u'"' && line.at(close) == u'\\' ? 2 : 1;
                if (close >= end)
                    return;
                setFormat(static_cast<int>(at), static_cast<int>(close - at + 1), quoted);
                at = close;
            }
            ++at;
        }
    }
};

} // namespace

CommandView::CommandView(QWidget* parent) : QPlainTextEdit(parent), m_highlighter(new Highlighter(document()))
{
    setReadOnly(true);
    setLineWrapMode(QPlainTextEdit::NoWrap);
    setTabChangesFocus(true);
    setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
    setFont(theme::fixedFont());
    document()->setDocumentMargin(7);
    setAccessibleName(tr("Commands"));
    dress();
}

void CommandView::changeEvent(QEvent* event)
{
    QPlainTextEdit::changeEvent(event);
    if (event->type() == QEvent::PaletteChange)
        dress();
}

void CommandView::showEvent(QShowEvent* event)
{
    QPlainTextEdit::showEvent(event);
    dress(); // a panel may have taken the frame
}

void CommandView::dress()
{
    // In a frame of its own it is a box within text; without one it fills its panel.
    const QColor ground = theme::color(frameShape() == QFrame::NoFrame ? Token::Base : Token::Code);
    if (viewport()->palette().color(QPalette::Base) != ground || !viewport()->testAttribute(Qt::WA_SetPalette)) {
        QPalette dressed = viewport()->palette();
        dressed.setColor(QPalette::Base, ground);
        viewport()->setPalette(dressed);
    }
    m_highlighter->rehighlight();
}

} // namespace scalekeep::widgets
