#pragma once

class QCoreApplication;

namespace scalekeep::widgets {

/// The texts of the window in the user's language, where there is a translation, and the plural forms of English below it. Once, in main().
void installTexts(QCoreApplication& application);

} // namespace scalekeep::widgets
