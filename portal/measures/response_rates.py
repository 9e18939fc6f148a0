"""How many of those we asked have answered, in the standard definitions of survey fieldwork (AAPOR)."""

from dataclasses import dataclass

from portal.measures.intervals import Share


@dataclass(frozen=True)
class Fieldwork:
    """What became of the cases of a wave. “Unknown” are those whose invitation bounced."""

    complete: int
    partial: int
    refusal: int
    non_contact: int
    other: int
    unknown: int
    eligible: int
    selected: int

    @property
    def rr1(self) -> Share:
        """Complete answers of all cases: the strictest rate, and the one to publish."""
        return Share(self.complete, self._cases)

    @property
    def rr2(self) -> Share:
        """As RR1, with partial answers counted as answers."""
        return Share(self.complete + self.partial, self._cases)

    @property
    def rr5(self) -> Share:
        """As RR1, without the cases that were perhaps never reached."""
        return Share(self.complete, self._cases - self.unknown)

    @property
    def rr6(self) -> Share:
        """As RR2, without the cases that were perhaps never reached."""
        return Share(self.complete + self.partial, self._cases - self.unknown)

    @property
    def coverage(self) -> Share:
        """How many of those who could have been asked were asked."""
        return Share(self.selected, self.eligible)

    @property
    def yielded(self) -> Share:
        """Complete answers of all who could have been asked."""
        return Share(self.complete, self.eligible)

    @property
    def _cases(self) -> int:
        return self.complete + self.partial + self.refusal + self.non_contact + self.other + self.unknown
