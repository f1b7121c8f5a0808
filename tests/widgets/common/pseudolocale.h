#pragma once

#include <QTranslator>

/// A translation that is about a third longer than the English and full of accents: what is still plain English in the window is not translatable, and what is
/// cut off is too narrow.
namespace scalekeep::test {

using namespace Qt::Literals::StringLiterals;

inline QString pseudo(const QString& source)
{
    static const QString plain = u"ABCDEGHIJKLNOPRSTUWYZabcdefghijklnoprstuwyz"_s;
    static const QString marked = u"ÅƁÇÐÉĜĤÎĴĶĻÑÖƤŔŜŢÛŴÝŽáƀćđéƒĝĥîĵķļñöƥŕšťûŵýž"_s;
    static_assert(sizeof(u"ABCDEGHIJKLNOPRSTUWYZabcdefghijklnoprstuwyz") == sizeof(u"ÅƁÇÐÉĜĤÎĴĶĻÑÖƤŔŜŢÛŴÝŽáƀćđéƒĝĥîĵķļñöƥŕšťûŵýž"));
    QString text;
    qsizetype letters = 0;
    for (qsizetype at = 0; at < source.size(); ++at) {
        const QChar c = source.at(at);
        qsizetype kept = 0; // characters that mean something to the program
        if (c == u'%') {
            kept = 1;
            if (at + kept < source.size() && source.at(at + kept) == u'L')
                ++kept;
            const qsizetype digits = at + kept;
            while (at + kept < source.size() && kept < 4 && source.at(at + kept).isDigit())
                ++kept;
            if (at + kept == digits && digits < source.size() && source.at(digits) == u'n')
                ++kept;
        } else if (c == u'<') {
            const qsizetype close = source.indexOf(u'>', at);
            const QChar first = at + 1 < source.size() ? source.at(at + 1) : QChar();
            if (close > 0 && (first.isLetter() || first == u'/' || first == u'!'))
                kept = close - at + 1;
        } else if (c == u'&') {
            const qsizetype end = source.indexOf(u';', at);
            const bool entity = end > at + 1 && end - at <= 8 && !QStringView(source).mid(at, end - at).contains(u' ');
            kept = entity ? end - at + 1 : qMin<qsizetype>(2, source.size() - at); // the mnemonic stays a key that the keyboard has
        }
        if (kept > 0) {
            text += QStringView(source).mid(at, kept);
            at += kept - 1;
            continue;
        }
        const qsizetype place = plain.indexOf(c);
        text += place < 0 ? c : marked.at(place);
        ++letters;
    }
    const qsizetype longer = qMax<qsizetype>(2, (letters * 35 + 99) / 100);
    return u'[' + text + QString(longer - 2, u'·') + u']';
}

class PseudoTranslator : public QTranslator {
public:
    using QTranslator::QTranslator;

    [[nodiscard]] bool isEmpty() const override { return false; }

    /// Only the program's own texts: Qt's contexts also hold names of keys and formats.
    [[nodiscard]] QString translate(const char* context, const char* source, const char* = nullptr, int = -1) const override
    {
        if (!context || !source || !*source || !QByteArrayView(context).startsWith("scalekeep"))
            return {};
        return pseudo(QString::fromUtf8(source));
    }
};

} // namespace scalekeep::test
