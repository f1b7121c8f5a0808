#pragma once

#include "engine/base/result.h"

#include <QFrame>
#include <QLabel>
#include <QLineEdit>
#include <QPlainTextEdit>
#include <QPointer>
#include <QPushButton>
#include <QToolButton>

#include <functional>

class QAbstractItemModel;
class QAbstractItemView;
class QHBoxLayout;
class QSettings;
class QSyntaxHighlighter;
class QVBoxLayout;

/// The parts that all pages are made of (mock-ups, Regions and Widgets). Owned by their parents; GUI thread.
namespace scalekeep::widgets {

/// A frame with a title bar of 30 px: title, grey subtitle, tool buttons at the right; the body below.
class Panel : public QFrame {
    Q_OBJECT
public:
    explicit Panel(const QString& title, QWidget* parent = nullptr); ///< an empty title: no title bar
    void setTitle(const QString& title, const QString& subtitle = {});
    QHBoxLayout* tools();        ///< right end of the title bar
    QVBoxLayout* body();         ///< no margins; pad the widget that you put in. Views lose their own frame here

protected:
    void paintEvent(QPaintEvent* event) override;
    void childEvent(QChildEvent* event) override;

private:
    QWidget* m_bar = nullptr;
    QLabel* m_title = nullptr;
    QLabel* m_subtitle = nullptr;
    QHBoxLayout* m_tools = nullptr;
    QVBoxLayout* m_body = nullptr;
};

/// Head of a page, 44 px: title, then what the page chooses, then secondary actions at the right.
class PageHead : public QFrame {
    Q_OBJECT
public:
    explicit PageHead(const QString& title, QWidget* parent = nullptr);
    QHBoxLayout* left();
    QHBoxLayout* right();
    void setTitle(const QString& title);
protected:
    void paintEvent(QPaintEvent* event) override;
private:
    QLabel* m_title;
    QHBoxLayout* m_left;
    QHBoxLayout* m_right;
};

/// Foot of a page, 48 px: one line of summary (elided, with tooltip), then buttons, the main one last.
class ActionBar : public QFrame {
    Q_OBJECT
public:
    explicit ActionBar(QWidget* parent = nullptr);
    void setSummary(const QString& text);
    void add(QAbstractButton* button);
protected:
    void paintEvent(QPaintEvent* event) override;
private:
    QLabel* m_summary;
    QHBoxLayout* m_buttons;
};

enum class ButtonKind { Plain, Primary, Danger, Flat };
/// 28 px high; icon by name of resources/icons, may be empty. Primary: the one main button of a page; Danger: overwrites data.
QPushButton* makeButton(const QString& text, const QString& iconName = {}, ButtonKind kind = ButtonKind::Plain, QWidget* parent = nullptr);
/// Icon only, 24 px; the text is tooltip and accessible name.
QToolButton* makeToolButton(const QString& iconName, const QString& text, QWidget* parent = nullptr);

/// A label that elides (at the end, or in the middle for paths) instead of widening its page, with the full text as tooltip.
class ElidedLabel : public QLabel {
    Q_OBJECT
public:
    explicit ElidedLabel(const QString& text = {}, Qt::TextElideMode mode = Qt::ElideRight, QWidget* parent = nullptr);
    [[nodiscard]] QSize minimumSizeHint() const override;
protected:
    void paintEvent(QPaintEvent* event) override;
    bool event(QEvent* event) override;
private:
    Qt::TextElideMode m_mode;
};

/// 16 px glyph as a widget, with its accessible name.
class GlyphLabel : public QWidget {
    Q_OBJECT
public:
    explicit GlyphLabel(const QString& glyphName = {}, int size = 16, QWidget* parent = nullptr);
    void setGlyph(const QString& glyphName); ///< names of models::role::Glyph; empty: nothing
    [[nodiscard]] QString glyph() const { return m_name; }
protected:
    void paintEvent(QPaintEvent* event) override;
private:
    QString m_name;
};

/// A small rounded frame with a word, such as *Production* in the cluster's colour.
class Chip : public QLabel {
    Q_OBJECT
public:
    explicit Chip(QWidget* parent = nullptr);
    void set(const QString& text, const QColor& colour); ///< an empty text hides it
    [[nodiscard]] QSize sizeHint() const override;
    [[nodiscard]] QSize minimumSizeHint() const override;
protected:
    void paintEvent(QPaintEvent* event) override;
private:
    QColor m_colour;
};

/// Filter or search: magnifier, clear button, Esc clears; Ctrl+F of its pane comes here.
class SearchField : public QLineEdit {
    Q_OBJECT
public:
    explicit SearchField(const QString& placeholder, QWidget* parent = nullptr);
protected:
    void keyPressEvent(QKeyEvent* event) override;
};

/// Says what goes here and offers the first action; lies over a view while its model is empty.
class EmptyState : public QWidget {
    Q_OBJECT
public:
    EmptyState(const QString& iconName, const QString& title, const QString& text, QWidget* parent = nullptr);
    void set(const QString& title, const QString& text);
    QPushButton* addAction(const QString& text); ///< a button below the text
    /// Covers the view's viewport whenever its model has no rows.
    static EmptyState* over(QAbstractItemView* view, const QString& iconName, const QString& title, const QString& text);
    bool eventFilter(QObject* watched, QEvent* event) override;
protected:
    void changeEvent(QEvent* event) override;
private:
    void follow(QAbstractItemView* view);
    void drawIcon();
    QString m_iconName;
    QLabel* m_icon;
    QLabel* m_title;
    QLabel* m_text;
    QVBoxLayout* m_layout;
    QPointer<QAbstractItemView> m_view;
    QPointer<QAbstractItemModel> m_model;
};

/// Commands or YAML: read-only, fixed font, no wrap, comments and strings highlighted.
class CommandView : public QPlainTextEdit {
    Q_OBJECT
public:
    explicit CommandView(QWidget* parent = nullptr);
protected:
    void changeEvent(QEvent* event) override;
    void showEvent(QShowEvent* event) override;
private:
    void dress();
    QSyntaxHighlighter* m_highlighter;
};

/// Warning, error or note across the top of a page or panel: glyph, bold sentence, plain sentence, buttons.
class Banner : public QFrame {
    Q_OBJECT
public:
    enum class Kind { Note, Warning, Error };
    explicit Banner(QWidget* parent = nullptr); ///< hidden until shown
    void show(Kind kind, const QString& title, const QString& text);
    void add(QAbstractButton* button);
    using QWidget::show;
protected:
    void paintEvent(QPaintEvent* event) override;
private:
    Kind m_kind = Kind::Note;
    GlyphLabel* m_glyph;
    QLabel* m_title;
    QLabel* m_text;
    QHBoxLayout* m_buttons;
};

/// A bar of 8 px without text.
class ThinProgress : public QWidget {
    Q_OBJECT
public:
    explicit ThinProgress(QWidget* parent = nullptr);
    void setPercent(int percent);   ///< negative: nothing known yet
    [[nodiscard]] QSize sizeHint() const override;
protected:
    void paintEvent(QPaintEvent* event) override;
private:
    int m_percent = 0;
};

/// An error as a dialog: what was being done, one clear sentence, what to do next, the details behind a switch, Copy as text. Not for runs,
/// which have a banner. Does not block (window modal, deletes itself).
void showError(QWidget* parent, const QString& doing, const Error& error);
/// The same text, for Copy.
QString errorText(const Error& error);
/// Foreign text for a tool tip: never taken for HTML, wrapped when long, of bounded length.
QString plainTip(const QString& text);
/// Asks before something that matters: buttons are verbs. Window modal; `yes` runs when the verb was chosen. `no`: the other button, Cancel.
void ask(QWidget* parent, const QString& title, const QString& text, const QString& verb, ButtonKind kind, std::function<void()> yes, const QString& no = {});
/// Rows of a view (selected ones, or all) as tab-separated text on the clipboard: Ctrl+Shift+C.
void copyRows(QAbstractItemView* view);

/// A page of the main window. State (splitters, columns, sort order, choices) is kept under the page's objectName.
class Page : public QWidget {
    Q_OBJECT
public:
    explicit Page(const QString& objectName, QWidget* parent = nullptr);
    virtual void saveState(QSettings& settings) const;    ///< default: all QSplitters and QHeaderViews with an objectName
    virtual void restoreState(QSettings& settings);
    virtual void activated() {}                            ///< became the visible page
    virtual void refresh() {}                              ///< F5
    virtual SearchField* filter() { return nullptr; }      ///< Ctrl+F
    virtual QAbstractButton* mainButton() { return nullptr; } ///< Ctrl+Return, never one that overwrites data
    virtual void copyAsText() {}                           ///< Ctrl+Shift+C
    virtual void nextProblem(bool /*forward*/) {}          ///< F8, Shift+F8
};

} // namespace scalekeep::widgets
