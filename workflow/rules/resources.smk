"""What a job asks of a cluster: docs/cluster.md says how the numbers were measured. Locally only the threads count."""


def growing(first):
    """A resource of the first attempt, which grows by the same amount at each further one."""
    return lambda wildcards, attempt: first * attempt


# They take less time than to send them to a node, or run nothing.
localrules:
    all,
    smoke,
    planes,
    atlas,
    hypotheses,
    verdict,
    figures,
    index,
    judge,
    report,
    scan,
