"""oc project, projects, new-project."""
from .. import kinds
from ..config import nickname
from ..errors import Fail, ServerError


def listed(command, fall_back=True):
    """The projects of the user; namespaces, for those who may not list projects."""
    try:
        return command.server.request("GET", kinds.path(kinds.lookup("projects")), about=("get", "projects.project.openshift.io", ""))["items"]
    except ServerError as error:
        if not fall_back or error.reason not in ("NotFound", "Forbidden"):
            raise
        return command.server.request("GET", kinds.path(kinds.lookup("namespaces")), about=("get", "namespaces", ""))["items"]


def names_of(command, fall_back=True):
    return [p["metadata"]["name"] for p in listed(command, fall_back)]


def display_name(project):
    return (project["metadata"].get("annotations") or {}).get("openshift.io/display-name", "")


def shown(project):
    name, title = project["metadata"]["name"], display_name(project)
    return f"{title} ({name})" if title and title != name else name


def projects(command):
    server = command.config.cluster()["server"]
    found, current = listed(command), command.config.context.get("namespace") or "default"
    if command.flags["short"]:
        command.write("".join(p["metadata"]["name"] + "\n" for p in found))
        return
    if not found:
        command.write("You are not a member of any projects. You can request a project to be created with the 'new-project' command.\n")
        return
    if len(found) == 1:
        command.write(f'You have one project on this server: "{shown(found[0])}".\n')
    else:
        # The missing word before "project" is missing in the real client, too.
        command.write("You have access to the following projects and can switch between them with ' project <projectname>':\n\n")
        for project in found:
            name, title = project["metadata"]["name"], display_name(project)
            command.write(("  * " if name == current else "    ") + name + (f" - {title}" if title and title != name else "") + "\n")
    command.write(f'\nUsing project "{current}" on server "{server}".\n')


def project(command):
    config, server = command.config, command.config.cluster()["server"]
    current = config.context.get("namespace") or "default"
    if len(command.args) > 1:
        raise Fail("error: Only one argument is supported (project name or context name).")
    if not command.args:
        command.write(f"{current}\n" if command.flags["short"] else f'Using project "{current}" on server "{server}".\n')
        return
    wanted = command.args[0]
    resource = kinds.lookup("projects")
    try:
        command.server.request("GET", kinds.path(resource, None, wanted), about=kinds.about("get", resource, wanted))
    except ServerError as error:
        if error.reason not in ("NotFound", "Forbidden"):
            raise
        raise Fail(refusal(command, wanted, error.reason == "Forbidden", server)) from None
    if command.flags["short"]:
        command.write(wanted + "\n")
    else:
        command.write(f'{"Already on" if wanted == current else "Now using"} project "{wanted}" on server "{server}".\n')
    if wanted != current:
        switch(command, wanted)


def refusal(command, wanted, forbidden, server):
    text = f'error: You are not a member of project "{wanted}".' if forbidden else f'error: A project named "{wanted}" does not exist on "{server}".'
    found = listed(command)
    if not found:
        return text + "\nYou are not a member of any projects. You can request a project to be created with the 'new-project' command."
    if len(found) == 1:
        return f"{text}\nYou have one project on this server: {shown(found[0])}"
    return text + "\nYour projects are:" + "".join(f"\n* {shown(p)}" for p in found)


def switch(command, namespace):
    config = command.config
    context = config.context
    nick = nickname(config.cluster()["server"])
    user_name = context.get("user", "")
    name = f"{namespace}/{nick}/{user_name.partition('/')[0]}"
    config.data["contexts"][name] = context | {"namespace": namespace}
    config.data["current-context"] = name
    config.save()


def new_project(command):
    flags = command.flags
    if len(command.args) != 1:
        raise Fail("error: must have exactly one argument")
    name, server = command.args[0], command.config.cluster()["server"]
    request = {"kind": "ProjectRequest", "apiVersion": "project.openshift.io/v1", "metadata": {"name": name},
               "displayName": flags["display-name"], "description": flags["description"]}
    command.server.request("POST", "/apis/project.openshift.io/v1/projectrequests", request)
    if flags["skip-config-write"]:
        return
    switch(command, name)
    command.write(f'Now using project "{name}" on server "{server}".\n\nYou can add applications to this project with the \'new-app\' command. '
                  "For example, try:\n\n    oc new-app rails-postgresql-example\n\nto build a new example application in Ruby. Or use kubectl to "
                  "deploy a simple Kubernetes application:\n\n    kubectl create deployment hello-node "
                  "--image=registry.k8s.io/e2e-test-images/agnhost:2.43 -- /agnhost serve-hostname\n\n")


COMMANDS = {"project": (project, "short"), "projects": (projects, "short"), "new-project": (new_project, "description display-name skip-config-write")}
