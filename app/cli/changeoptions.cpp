#include "app/cli/changeoptions.h"

#include <array>

namespace scalekeep::cli {

using namespace Qt::Literals::StringLiterals;

namespace {
struct Option { const char* option; const char* field; const char* value; const char* help; };
// The rest of the form fits a file better than a command line.
constexpr std::array options{
    Option{"change", "number", "ID", "Number of the change, for the record."},
    Option{"short-description", "short_description", "TEXT", "What is changed, in one line, for the record."},
    Option{"requested-by", "requested_by", "TEXT", "Who asked for the change, for the record."},
    Option{"approved-by", "approvals", "TEXT", "Who approved the change, and when, for the record."},
    Option{"justification", "justification", "TEXT", "Why the change is needed, for the record."},
    Option{"close-code", "close_code", "TEXT", "Outcome of the change, for the record."},
    Option{"close-notes", "close_notes", "TEXT", "What there is to say about the outcome, for the record."},
};
} // namespace

void declareChange(Arguments& arguments)
{
    for (const Option& each : options)
        arguments.option(QLatin1String(each.option), QLatin1String(each.help), QLatin1String(each.value));
    arguments.option(u"change-file"_s, u"JSON object with fields of the change, named as in ServiceNow's form (risk_impact_analysis, backout_plan ...)."_s, u"FILE"_s);
}

Result<record::Change> changeFrom(const Arguments& arguments)
{
    QJsonObject fields;
    if (arguments.isSet(u"change-file"_s)) {
        const auto read = record::readChange(arguments.value(u"change-file"_s));
        if (!read)
            return read;
        fields = record::toJson(*read);
    }
    for (const Option& each : options) {
        if (arguments.isSet(QLatin1String(each.option)))
            fields[QLatin1String(each.field)] = arguments.value(QLatin1String(each.option));
    }
    return record::changeFromJson(fields);
}

void carry(const record::Change& change, plan::Plan& plan)
{
    if (!change.isEmpty())
        plan.choices[u"change"] = record::toJson(change);
}

} // namespace scalekeep::cli
