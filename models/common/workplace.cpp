#include "models/common/workplace.h"

namespace scalekeep::models {

using namespace Qt::Literals::StringLiterals;

QString Workplace::catalogueFolder() const { return home + u"/catalogue"_s; }
QString Workplace::safetyFolder() const { return home + u"/safety"_s; }
QString Workplace::plansFolder() const { return home + u"/plans"_s; }

} // namespace scalekeep::models
