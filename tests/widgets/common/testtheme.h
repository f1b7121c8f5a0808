#pragma once

#include "widgets/common/theme.h"

#include <QApplication>

namespace scalekeep::test {

/// The program's style and colours, for a page's test: the system's, or dark with SCALEKEEP_DARK, to look at what it draws.
inline void installTheme()
{
    widgets::theme::install(*qApp);
    if (qEnvironmentVariableIsSet("SCALEKEEP_DARK"))
        widgets::theme::choose(widgets::theme::Choice::Dark);
}

/// For what looks at colours, or compares pictures.
inline void installLightTheme()
{
    widgets::theme::install(*qApp);
    widgets::theme::choose(widgets::theme::Choice::Light);
}

} // namespace scalekeep::test
