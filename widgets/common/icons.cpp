#include "widgets/common/icons.h"

#include "widgets/common/theme.h"

#include <QCoreApplication>
#include <QFile>
#include <QGuiApplication>
#include <QHash>
#include <QIconEngine>
#include <QPainter>
#include <QPixmapCache>
#include <QSvgRenderer>

#include <array>

namespace scalekeep::widgets {

using namespace Qt::Literals::StringLiterals;

namespace {

struct Names {
    Q_DECLARE_TR_FUNCTIONS(scalekeep::widgets::Glyph)
};

/// The SVG's bytes, read once. Empty for a name that is no icon.
const QByteArray& source(const QString& name)
{
    static QHash<QString, QByteArray> read;
    auto found = read.find(name);
    if (found == read.end()) {
        QFile file(u":/icons/"_s + name + u".svg"_s);
        found = read.insert(name, file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray());
    }
    return found.value();
}

QPixmap render(const QString& name, QSize pixels, const QColor& colour)
{
    if (pixels.isEmpty() || source(name).isEmpty())
        return {};
    const QColor base = theme::color(Token::Base);
    const QColor line = theme::color(Token::Line2);
    const QString key = u"scalekeep-icon/%1/%2x%3/%4/%5"_s.arg(name).arg(pixels.width()).arg(pixels.height()).arg(colour.name(QColor::HexArgb), base.name());
    QPixmap picture;
    if (QPixmapCache::find(key, &picture))
        return picture;
    QByteArray svg = source(name);
    svg.replace("currentColor", colour.name().toLatin1());
    svg.replace("\"base\"", '"' + base.name().toLatin1() + '"');
    svg.replace("\"line2\"", '"' + line.name().toLatin1() + '"');
    QSvgRenderer renderer(svg);
    renderer.setAspectRatioMode(Qt::KeepAspectRatio);
    picture = QPixmap(pixels);
    picture.fill(Qt::transparent);
    QPainter painter(&picture);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setOpacity(colour.alphaF());
    renderer.render(&painter, QRectF(QPointF(0, 0), QSizeF(pixels)));
    painter.end();
    QPixmapCache::insert(key, picture);
    return picture;
}

void paintAt(QPainter& painter, const QRect& rect, const QString& name, const QColor& colour)
{
    const double ratio = painter.device() ? painter.device()->devicePixelRatio() : 1;
    QPixmap picture = render(name, (QSizeF(rect.size()) * ratio).toSize(), colour);
    if (picture.isNull())
        return;
    picture.setDevicePixelRatio(ratio);
    painter.drawPixmap(rect.topLeft(), picture);
}

QColor colourOfSuffix(QStringView suffix)
{
    static const std::array<std::pair<QStringView, Token>, 7> known = {{{u"accent", Token::Accent}, {u"ok", Token::Ok}, {u"warn", Token::Warn},
        {u"err", Token::Err}, {u"text", Token::Text}, {u"text2", Token::Text2}, {u"onaccent", Token::OnAccent}}};
    for (const auto& [name, token] : known) {
        if (suffix == name)
            return theme::color(token);
    }
    return {};
}

class Engine : public QIconEngine {
public:
    explicit Engine(QString name) : m_name(std::move(name)) {}

    void paint(QPainter* painter, const QRect& rect, QIcon::Mode mode, QIcon::State) override
    {
        paintIcon(*painter, rect, m_name, colour(mode));
    }

    QPixmap pixmap(const QSize& size, QIcon::Mode mode, QIcon::State state) override { return scaledPixmap(size, mode, state, 1); }

    /// `size` is in device pixels.
    QPixmap scaledPixmap(const QSize& size, QIcon::Mode mode, QIcon::State, qreal) override
    {
        const qsizetype at = m_name.indexOf(u'@');
        const QColor fixed = at < 0 ? QColor() : colourOfSuffix(QStringView(m_name).mid(at + 1));
        return render(at < 0 ? m_name : m_name.left(at), size, fixed.isValid() && mode != QIcon::Disabled ? fixed : colour(mode));
    }

    QSize actualSize(const QSize& size, QIcon::Mode, QIcon::State) override { return size; }
    QString key() const override { return u"scalekeep"_s; }
    QString iconName() override { return m_name; }
    bool isNull() override { return source(m_name.section(u'@', 0, 0)).isEmpty(); }
    QIconEngine* clone() const override { return new Engine(m_name); }

private:
    static QColor colour(QIcon::Mode mode)
    {
        switch (mode) {
        case QIcon::Disabled: return theme::color(Token::Off);
        case QIcon::Active:
        case QIcon::Selected: return theme::color(Token::Text);
        case QIcon::Normal: break;
        }
        return theme::color(Token::Text2);
    }

    QString m_name;
};

/// A state glyph as an icon: its own colour, grey when disabled.
class GlyphEngine : public QIconEngine {
public:
    explicit GlyphEngine(Glyph glyph) : m_glyph(glyph) {}

    void paint(QPainter* painter, const QRect& rect, QIcon::Mode, QIcon::State) override { paintGlyph(*painter, rect, m_glyph); }
    QPixmap pixmap(const QSize& size, QIcon::Mode mode, QIcon::State state) override
    {
        QPixmap picture(size);
        picture.fill(Qt::transparent);
        QPainter painter(&picture);
        paint(&painter, QRect(QPoint(0, 0), size), mode, state);
        return picture;
    }
    QSize actualSize(const QSize& size, QIcon::Mode, QIcon::State) override { return size; }
    QString key() const override { return u"scalekeep-glyph"_s; }
    bool isNull() override { return m_glyph == Glyph::None; }
    QIconEngine* clone() const override { return new GlyphEngine(m_glyph); }

private:
    Glyph m_glyph;
};

struct GlyphLook {
    const char16_t* file;
    Token token;
    const char* title;
};

const GlyphLook& look(Glyph glyph)
{
    // In the order of Glyph.
    static constexpr std::array<GlyphLook, 13> looks = {{
        {u"", Token::Text2, ""},
        {u"glyph-proven", Token::Ok, QT_TRANSLATE_NOOP("scalekeep::widgets::Glyph", "Proven")},
        {u"glyph-running", Token::Accent, QT_TRANSLATE_NOOP("scalekeep::widgets::Glyph", "Running")},
        {u"glyph-waiting", Token::Text2, QT_TRANSLATE_NOOP("scalekeep::widgets::Glyph", "Waiting or not verified")},
        {u"glyph-warning", Token::Warn, QT_TRANSLATE_NOOP("scalekeep::widgets::Glyph", "Warning")},
        {u"glyph-failed", Token::Err, QT_TRANSLATE_NOOP("scalekeep::widgets::Glyph", "Failed or damaged")},
        {u"glyph-undone", Token::Accent, QT_TRANSLATE_NOOP("scalekeep::widgets::Glyph", "Undone")},
        {u"glyph-skipped", Token::Text2, QT_TRANSLATE_NOOP("scalekeep::widgets::Glyph", "Skipped or kept")},
        {u"glyph-note", Token::Accent, QT_TRANSLATE_NOOP("scalekeep::widgets::Glyph", "Note")},
        {u"glyph-added", Token::Ok, QT_TRANSLATE_NOOP("scalekeep::widgets::Glyph", "Added")},
        {u"glyph-removed", Token::Err, QT_TRANSLATE_NOOP("scalekeep::widgets::Glyph", "Removed")},
        {u"glyph-changed", Token::Warn, QT_TRANSLATE_NOOP("scalekeep::widgets::Glyph", "Changed")},
        {u"glyph-equal", Token::Text2, QT_TRANSLATE_NOOP("scalekeep::widgets::Glyph", "Equal")},
    }};
    return looks.at(static_cast<size_t>(glyph));
}

} // namespace

QIcon icon(const QString& name)
{
    return name.isEmpty() ? QIcon() : QIcon(new Engine(name));
}

void paintIcon(QPainter& painter, const QRect& rect, const QString& name, const QColor& colour)
{
    const qsizetype at = name.indexOf(u'@');
    if (at < 0) {
        paintAt(painter, rect, name, colour);
        return;
    }
    const QColor fixed = colourOfSuffix(QStringView(name).mid(at + 1));
    const bool off = colour == theme::color(Token::Off);
    paintAt(painter, rect, name.left(at), fixed.isValid() && !off ? fixed : colour);
}

QIcon glyphIcon(Glyph glyph)
{
    return glyph == Glyph::None ? QIcon() : QIcon(new GlyphEngine(glyph));
}

QString glyphName(Glyph glyph)
{
    return glyph == Glyph::None ? QString() : Names::tr(look(glyph).title);
}

void paintGlyph(QPainter& painter, const QRect& rect, Glyph glyph, double turn)
{
    if (glyph == Glyph::None)
        return;
    const QString file = QString::fromUtf16(look(glyph).file);
    const QColor colour = theme::color(look(glyph).token);
    if (turn == 0) {
        paintAt(painter, rect, file, colour);
        return;
    }
    painter.save();
    painter.setRenderHint(QPainter::SmoothPixmapTransform);
    const QPointF middle = QRectF(rect).center();
    painter.translate(middle);
    painter.rotate(turn * 360);
    painter.translate(-middle);
    paintAt(painter, rect, file, colour);
    painter.restore();
}

} // namespace scalekeep::widgets
