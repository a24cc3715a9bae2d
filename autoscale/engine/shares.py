"""No project has all threads of an engine, however much of it is due.

A pass may have to wait for a thousand calls to the cloud. If each thread had
such a pass of one tenant in hand, another's would have to wait for them.
Whose a cluster is, is remembered from its last pass; a cluster that was not
seen before is nobody's, and has a share of its own.
"""

import collections

#: Clusters whose project is remembered; of the others it is learnt again.
REMEMBERED = 20_000


class Shares:
    """For the worker, which holds its lock around each call."""

    def __init__(self, threads: int) -> None:
        """A quarter of the threads, and one at least, is for others."""
        self._most = max(1, threads - max(1, threads // 4))
        self._project: dict[str, str] = {}
        self._taken: dict[str, str] = {}
        self._counts: collections.Counter[str] = collections.Counter()
        self._aside: dict[str, collections.deque[tuple[float, str]]] = {}
        self._is_aside: set[str] = set()

    def __contains__(self, cluster_id: str) -> bool:
        """Whether it is due and waits for its project's share."""
        return cluster_id in self._is_aside

    def __len__(self) -> int:
        """How many are due and wait for their project's share."""
        return len(self._is_aside)

    def take(self, cluster_id: str, when: float) -> bool:
        """Take it in hand; False: it is put aside until its project may."""
        whose = self._project.get(cluster_id, cluster_id)
        if self._counts[whose] >= self._most:
            waiting = self._aside.setdefault(whose, collections.deque())
            waiting.append((when, cluster_id))
            self._is_aside.add(cluster_id)
            return False
        self._counts[whose] += 1
        self._taken[cluster_id] = whose
        return True

    def give_back(self, cluster_id: str) -> tuple[float, str] | None:
        """It is no longer in hand; answers who may be taken for it, if any.

        That is when it was due, and which cluster.
        """
        whose = self._taken.pop(cluster_id)
        self._counts[whose] -= 1
        if not self._counts[whose]:
            del self._counts[whose]
        waiting = self._aside.get(whose)
        if not waiting:
            return None
        following = waiting.popleft()
        if not waiting:
            del self._aside[whose]
        self._is_aside.discard(following[1])
        return following

    def learn(self, cluster_id: str, project_id: str) -> None:
        """Remember whose it is, from its next pass on."""
        self._project.pop(cluster_id, None)
        self._project[cluster_id] = project_id
        if len(self._project) > REMEMBERED:
            del self._project[next(iter(self._project))]
