"""What a pod's or a container's reason means, and what helps. Pure."""

#: Reason → what it means, and the way out.
MEANINGS = {
    "CrashLoopBackOff": ("It starts and ends again and again.", "Look at its last log; often a setting is missing."),
    "ImagePullBackOff": ("Its image cannot be fetched.", "Check the image's name and tag, and the pull secret."),
    "ErrImagePull": ("Its image cannot be fetched.", "Check the image's name and tag, and the pull secret."),
    "ErrImageNeverPull": ("Its image is not on the node, and it may not be fetched.", "Change imagePullPolicy."),
    "InvalidImageName": ("The name of its image cannot be one.", "Correct it in the workload."),
    "CreateContainerConfigError": ("A ConfigMap or Secret that it names is missing.", "Make it, or correct the name."),
    "CreateContainerError": ("Its container cannot be made.", "The event beside it says why."),
    "RunContainerError": ("Its container cannot be started.", "Check command, arguments and mounts."),
    "OOMKilled": ("It used more memory than its limit.", "Raise the limit, or have it use less."),
    "Error": ("It ended with an error.", "Look at its log."),
    "ContainerCannotRun": ("Its container cannot be started.", "Check command and arguments."),
    "DeadlineExceeded": ("It took longer than it may.", "Raise activeDeadlineSeconds, or have it do less."),
    "Evicted": ("The node had too little left and sent it away.", "Say what it needs in requests."),
    "Unschedulable": ("No node has room for it.", "Lower its requests, or ask for more nodes."),
    "FailedScheduling": ("No node has room for it.", "Lower its requests, or ask for more nodes."),
    "FailedCreate": ("Its pods are refused.", "Most often the quota is used up, or Pod Security says no."),
    "FailedMount": ("A volume cannot be mounted.", "Check the claim, the secret or the ConfigMap that it names."),
    "Unhealthy": ("Its probe fails.", "Check the path and port of the probe, and whether it has time enough to start."),
    "BackOff": ("It is started again after a pause that grows.", "Look at the log of its last run."),
    "NodeLost": ("Its node does not answer.", "It is moved by itself; ask the platform team if not."),
}  # fmt: skip


def meaning_of(reason: str) -> tuple[str, str]:
    """What ``reason`` means and what helps; empty where it says enough by itself."""
    return MEANINGS.get(reason, ("", ""))
