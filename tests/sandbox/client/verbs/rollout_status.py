"""The words of `oc rollout status`: each viewer makes (text, whether that is the end) of an object, or fails."""
from ..errors import Fail


def counts(wanted, status):
    return wanted, status.get("replicas", 0), status.get("updatedReplicas", 0), status.get("availableReplicas", 0)


def deployment_config(dc, revision):
    name, meta, spec, status = dc["metadata"]["name"], dc["metadata"], dc.get("spec") or {}, dc.get("status") or {}
    latest = status.get("latestVersion", 0)
    if latest == 0:
        triggers = spec.get("triggers") or []
        if any(t.get("type") == "ImageChange" for t in triggers):
            return f'Deployment config "{name}" waiting on image update\n', False
        if not triggers:
            return f'Deployment config "{name}" waiting on manual update (use \'oc rollout latest {name}\')\n', True
    if revision > 0 and latest != revision:
        raise Fail(f"error: desired revision ({revision}) is different from the running revision ({latest})")
    progress = next((c for c in status.get("conditions") or [] if c.get("type") == "Progressing"), {})
    reason, message = progress.get("reason"), progress.get("message", "")
    if reason == "NewReplicationControllerAvailable":
        return message + "\n", True
    if reason in ("ProgressDeadlineExceeded", "RolloutCancelled"):
        raise Fail(f"error: {message}")
    if reason == "DeploymentConfigPaused":
        raise Fail(f'error: Deployment config "{name}" is paused. Resume to continue watching the status of the rollout.\n')
    wanted, there, updated, available = counts(spec.get("replicas", 0), status)
    if status.get("observedGeneration", 0) >= meta.get("generation", 0):
        if updated < wanted:
            return f"Waiting for rollout to finish: {updated} out of {wanted} new replicas have been updated...\n", False
        if there > updated:
            return f"Waiting for rollout to finish: {there - updated} old replicas are pending termination...\n", False
        if available < updated:
            return f"Waiting for rollout to finish: {available} of {updated} updated replicas are available...\n", False
    return "Waiting for latest deployment config spec to be observed by the controller loop...\n", False


def deployment(obj, revision):
    name, meta, spec, status = obj["metadata"]["name"], obj["metadata"], obj.get("spec") or {}, obj.get("status") or {}
    if revision > 0:
        at = int((meta.get("annotations") or {}).get("deployment.kubernetes.io/revision", 0))
        if at != revision:
            raise Fail(f"error: desired revision ({revision}) is different from the running revision ({at})")
    if status.get("observedGeneration", 0) < meta.get("generation", 0):
        return "Waiting for deployment spec update to be observed...\n", False
    progress = next((c for c in status.get("conditions") or [] if c.get("type") == "Progressing"), {})
    if progress.get("reason") == "ProgressDeadlineExceeded":
        raise Fail(f'error: deployment "{name}" exceeded its progress deadline')
    wanted, there, updated, available = counts(spec.get("replicas", 1), status)
    if updated < wanted:
        return f'Waiting for deployment "{name}" rollout to finish: {updated} out of {wanted} new replicas have been updated...\n', False
    if there > updated:
        return f'Waiting for deployment "{name}" rollout to finish: {there - updated} old replicas are pending termination...\n', False
    if available < updated:
        return f'Waiting for deployment "{name}" rollout to finish: {available} of {updated} updated replicas are available...\n', False
    return f'deployment "{name}" successfully rolled out\n', True


VIEWERS = {"DeploymentConfig": deployment_config, "Deployment": deployment}
