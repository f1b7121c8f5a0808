<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="en" sourcelanguage="en">
<context>
    <name>scalekeep::models::BundleJobs</name>
    <message numerus="yes">
        <location filename="../models/bundles/bundlejobs.cpp" line="239"/>
        <source>%n files were extracted and their digests compared.</source>
        <translation>
            <numerusform>%n file was extracted and its digest compared.</numerusform>
            <numerusform>%n files were extracted and their digests compared.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <location filename="../models/bundles/bundlejobs.cpp" line="265"/>
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
        <location filename="../models/bundles/bundlerows.cpp" line="112"/>
        <source>%n components may be whole</source>
        <translation>
            <numerusform>%n component may be whole</numerusform>
            <numerusform>%n components may be whole</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>scalekeep::models::CompareDetail</name>
    <message numerus="yes">
        <location filename="../models/compare/comparedetail.cpp" line="158"/>
        <source>%n differing rows</source>
        <translation>
            <numerusform>%n differing row</numerusform>
            <numerusform>%n differing rows</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <location filename="../models/compare/comparedetail.cpp" line="159"/>
        <source>%n differing keys</source>
        <translation>
            <numerusform>%n differing key</numerusform>
            <numerusform>%n differing keys</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <location filename="../models/compare/comparedetail.cpp" line="160"/>
        <source>%n differing lines</source>
        <translation>
            <numerusform>%n differing line</numerusform>
            <numerusform>%n differing lines</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>scalekeep::models::ContentTree</name>
    <message numerus="yes">
        <location filename="../models/bundles/contenttree.cpp" line="113"/>
        <source>%n more tables</source>
        <translation>
            <numerusform>%n more table</numerusform>
            <numerusform>%n more tables</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <location filename="../models/bundles/contenttree.cpp" line="116"/>
        <location filename="../models/bundles/contenttree.cpp" line="166"/>
        <source>%n more</source>
        <translation>
            <numerusform>%n more</numerusform>
            <numerusform>%n more</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <location filename="../models/bundles/contenttree.cpp" line="162"/>
        <source>%n more prefixes</source>
        <translation>
            <numerusform>%n more prefix</numerusform>
            <numerusform>%n more prefixes</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <location filename="../models/bundles/contenttree.cpp" line="250"/>
        <source>%n more files</source>
        <translation>
            <numerusform>%n more file</numerusform>
            <numerusform>%n more files</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <location filename="../models/bundles/contenttree.cpp" line="276"/>
        <source>%n keys</source>
        <translation>
            <numerusform>%n key</numerusform>
            <numerusform>%n keys</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <location filename="../models/bundles/contenttree.cpp" line="285"/>
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
        <location filename="../models/backup/plangroup.cpp" line="59"/>
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
        <location filename="../models/run/runreport.cpp" line="184"/>
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
        <location filename="../models/run/runstepsmodel.cpp" line="210"/>
        <source>Done: %1 of %n steps</source>
        <translation>
            <numerusform>Done: %1 of %n step</numerusform>
            <numerusform>Done: %1 of %n steps</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <location filename="../models/run/runstepsmodel.cpp" line="211"/>
        <source>%1 of %n steps</source>
        <translation>
            <numerusform>%1 of %n step</numerusform>
            <numerusform>%1 of %n steps</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <location filename="../models/run/runstepsmodel.cpp" line="214"/>
        <source>%n steps, not started</source>
        <translation>
            <numerusform>%n step, not started</numerusform>
            <numerusform>%n steps, not started</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <location filename="../models/run/runstepsmodel.cpp" line="219"/>
        <source>%n steps, after %1</source>
        <translation>
            <numerusform>%n step, after %1</numerusform>
            <numerusform>%n steps, after %1</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <location filename="../models/run/runstepsmodel.cpp" line="219"/>
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
        <location filename="../models/run/runtexts.cpp" line="30"/>
        <source>%1 files</source>
        <translation>
            <numerusform>%1 file</numerusform>
            <numerusform>%1 files</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <location filename="../models/run/runtexts.cpp" line="32"/>
        <source>%1 keys</source>
        <translation>
            <numerusform>%1 key</numerusform>
            <numerusform>%1 keys</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <location filename="../models/run/runtexts.cpp" line="34"/>
        <source>%1 tables</source>
        <translation>
            <numerusform>%1 table</numerusform>
            <numerusform>%1 tables</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <location filename="../models/run/runtexts.cpp" line="35"/>
        <source>%1 objects</source>
        <translation>
            <numerusform>%1 object</numerusform>
            <numerusform>%1 objects</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>scalekeep::models::SidesModel</name>
    <message numerus="yes">
        <location filename="../models/compare/sidesmodel.cpp" line="111"/>
        <source>%n equal lines</source>
        <translation>
            <numerusform>%n equal line</numerusform>
            <numerusform>%n equal lines</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>scalekeep::widgets::BundleDetails</name>
    <message numerus="yes">
        <location filename="../widgets/bundles/bundledetails.cpp" line="237"/>
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
        <location filename="../widgets/bundles/bundlecommands.cpp" line="133"/>
        <source>Move %n bundles to the trash?</source>
        <translation>
            <numerusform>Move %n bundle to the trash?</numerusform>
            <numerusform>Move %n bundles to the trash?</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <location filename="../widgets/bundles/bundlecommands.cpp" line="140"/>
        <source>and %n more</source>
        <translation>
            <numerusform>and %n more</numerusform>
            <numerusform>and %n more</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <location filename="../widgets/bundles/bundlecommands.cpp" line="157"/>
        <source>%n bundles were moved to the trash.</source>
        <translation>
            <numerusform>%n bundle was moved to the trash.</numerusform>
            <numerusform>%n bundles were moved to the trash.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <location filename="../widgets/bundles/bundlespage.cpp" line="167"/>
        <source>%n bundles, %1</source>
        <translation>
            <numerusform>%n bundle, %1</numerusform>
            <numerusform>%n bundles, %1</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <location filename="../widgets/bundles/bundlespage.cpp" line="296"/>
        <source>%n bundles selected.</source>
        <translation>
            <numerusform>%n bundle selected.</numerusform>
            <numerusform>%n bundles selected.</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>scalekeep::widgets::ComparePage</name>
    <message numerus="yes">
        <location filename="../widgets/compare/comparepage.cpp" line="276"/>
        <source>%n components were compared.</source>
        <translation>
            <numerusform>%n component was compared.</numerusform>
            <numerusform>%n components were compared.</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>scalekeep::widgets::ExtractDialog</name>
    <message numerus="yes">
        <location filename="../widgets/bundles/extractdialog.cpp" line="160"/>
        <source>Extract %n components</source>
        <translation>
            <numerusform>Extract %n component</numerusform>
            <numerusform>Extract %n components</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>scalekeep::widgets::GrowthPanel</name>
    <message numerus="yes">
        <location filename="../widgets/compare/growthpanel.cpp" line="87"/>
        <source>%n bundles</source>
        <translation>
            <numerusform>%n bundle</numerusform>
            <numerusform>%n bundles</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>scalekeep::widgets::JobsIndicator</name>
    <message numerus="yes">
        <location filename="../widgets/run/jobsindicator.cpp" line="50"/>
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
        <location filename="../widgets/bundles/libraryview.cpp" line="68"/>
        <source>%n bundles</source>
        <translation>
            <numerusform>%n bundle</numerusform>
            <numerusform>%n bundles</numerusform>
        </translation>
    </message>
</context>
</TS>
