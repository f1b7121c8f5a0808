#include "widgets/main/texts.h"

#include <QCoreApplication>
#include <QLibraryInfo>
#include <QLocale>
#include <QTranslator>

namespace scalekeep::widgets {

using namespace Qt::Literals::StringLiterals;

void installTexts(QCoreApplication& application)
{
    // The one installed last is asked first.
    auto* english = new QTranslator(&application);
    if (english->load(u":/i18n/scalekeep_en.qm"_s))
        QCoreApplication::installTranslator(english);
    auto* ofQt = new QTranslator(&application);
    if (ofQt->load(QLocale(), u"qtbase"_s, u"_"_s, QLibraryInfo::path(QLibraryInfo::TranslationsPath)))
        QCoreApplication::installTranslator(ofQt);
    auto* own = new QTranslator(&application);
    if (QLocale().language() != QLocale::English && own->load(QLocale(), u"scalekeep"_s, u"_"_s, u":/i18n"_s))
        QCoreApplication::installTranslator(own);
}

} // namespace scalekeep::widgets
