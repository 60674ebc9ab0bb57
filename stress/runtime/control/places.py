"""Where a thread did something, remembered at little cost: the line is looked up when somebody asks."""

from __future__ import annotations

import sys
import types

from stress.events import OperationSite, Site
from stress.runtime.stacks import is_machinery, site_of

_machinery: dict[str, bool] = {}  # by file, asked again and again


class Place:
    """A place on the calling thread's stack: `site`, or where that is the standard library's code or ours, the line of
    the scenario's that led there."""

    __slots__ = ("_code", "_instruction", "_line", "site")

    def __init__(self, site: OperationSite) -> None:
        self.site = site
        self._code: types.CodeType | None = None
        machinery = _machinery.get(site.file)
        if machinery is None:
            machinery = _machinery[site.file] = is_machinery(site.file) or site.line == 0
        if machinery:
            frame: types.FrameType | None = sys._getframe(1)
            while frame is not None and is_machinery(frame.f_code.co_filename):
                frame = frame.f_back
            if frame is not None:
                self._code, self._instruction, self._line = frame.f_code, frame.f_lasti, frame.f_lineno

    def shown(self) -> Site:
        """The line, with its text."""
        if self._code is not None:
            return site_of(self._code, self._line, self._instruction)
        return self.site
