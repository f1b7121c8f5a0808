<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="en" sourcelanguage="en">
<context>
    <name>scalekeep::models::BundleJobs</name>
    <message numerus="yes">
        <source>%n files were extracted and their digests compared.</source>
        <translation>
            <numerusform>%n file was extracted and its digest compared.</numerusform>
            <numerusform>%n files were extracted and their digests compared.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n streams were saved into %1 and read back.</source>
        <translation>
            <numerusform>%n stream was saved into %1 and read back.</numerusform>
            <numerusform>%n streams were saved into %1 and read back.</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>scalekeep::models::BundleLibrary</name>
    <message numerus="yes">
        <source>%n components may be whole</source>
        <translation>
            <numerusform>%n component may be whole</numerusform>
            <numerusform>%n components may be whole</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>scalekeep::models::ContentTree</name>
    <message numerus="yes">
        <source>%n more tables</source>
        <translation>
            <numerusform>%n more table</numerusform>
            <numerusform>%n more tables</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n more</source>
        <translation>
            <numerusform>%n more</numerusform>
            <numerusform>%n more</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n more prefixes</source>
        <translation>
            <numerusform>%n more prefix</numerusform>
            <numerusform>%n more prefixes</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n more files</source>
        <translation>
            <numerusform>%n more file</numerusform>
            <numerusform>%n more files</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n keys</source>
        <translation>
            <numerusform>%n key</numerusform>
            <numerusform>%n keys</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n more objects</source>
        <translation>
            <numerusform>%n more object</numerusform>
            <numerusform>%n more objects</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>scalekeep::models::PlanGroup</name>
    <message numerus="yes">
        <source>%1; %n belong to service accounts</source>
        <translation>
            <numerusform>%1; %n belongs to service accounts</numerusform>
            <numerusform>%1; %n belong to service accounts</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>scalekeep::models::RunReport</name>
    <message numerus="yes">
        <source>… and %n more</source>
        <translation>
            <numerusform>… and %n more</numerusform>
            <numerusform>… and %n more</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>scalekeep::models::RunStepsModel</name>
    <message numerus="yes">
        <source>Done: %1 of %n steps</source>
        <translation>
            <numerusform>Done: %1 of %n step</numerusform>
            <numerusform>Done: %1 of %n steps</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%1 of %n steps</source>
        <translation>
            <numerusform>%1 of %n step</numerusform>
            <numerusform>%1 of %n steps</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n steps, not started</source>
        <translation>
            <numerusform>%n step, not started</numerusform>
            <numerusform>%n steps, not started</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n steps, after %1</source>
        <translation>
            <numerusform>%n step, after %1</numerusform>
            <numerusform>%n steps, after %1</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n steps</source>
        <translation>
            <numerusform>%n step</numerusform>
            <numerusform>%n steps</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>scalekeep::models::Runs</name>
    <message numerus="yes">
        <source>%1 files</source>
        <translation>
            <numerusform>%1 file</numerusform>
            <numerusform>%1 files</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%1 keys</source>
        <translation>
            <numerusform>%1 key</numerusform>
            <numerusform>%1 keys</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%1 tables</source>
        <translation>
            <numerusform>%1 table</numerusform>
            <numerusform>%1 tables</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%1 objects</source>
        <translation>
            <numerusform>%1 object</numerusform>
            <numerusform>%1 objects</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>scalekeep::widgets::BundleDetails</name>
    <message numerus="yes">
        <source>%n more</source>
        <translation>
            <numerusform>%n more</numerusform>
            <numerusform>%n more</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>scalekeep::widgets::BundlesPage</name>
    <message numerus="yes">
        <source>Move %n bundles to the trash?</source>
        <translation>
            <numerusform>Move %n bundle to the trash?</numerusform>
            <numerusform>Move %n bundles to the trash?</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>and %n more</source>
        <translation>
            <numerusform>and %n more</numerusform>
            <numerusform>and %n more</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n bundles were moved to the trash.</source>
        <translation>
            <numerusform>%n bundle was moved to the trash.</numerusform>
            <numerusform>%n bundles were moved to the trash.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n bundles, %1</source>
        <translation>
            <numerusform>%n bundle, %1</numerusform>
            <numerusform>%n bundles, %1</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n bundles selected.</source>
        <translation>
            <numerusform>%n bundle selected.</numerusform>
            <numerusform>%n bundles selected.</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>scalekeep::widgets::ExtractDialog</name>
    <message numerus="yes">
        <source>Extract %n components</source>
        <translation>
            <numerusform>Extract %n component</numerusform>
            <numerusform>Extract %n components</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>scalekeep::widgets::JobsIndicator</name>
    <message numerus="yes">
        <source>%1, and %n more</source>
        <translation>
            <numerusform>%1, and %n more</numerusform>
            <numerusform>%1, and %n more</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>scalekeep::widgets::LibraryView</name>
    <message numerus="yes">
        <source>%n bundles</source>
        <translation>
            <numerusform>%n bundle</numerusform>
            <numerusform>%n bundles</numerusform>
        </translation>
    </message>
</context>
</TS>
