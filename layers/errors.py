"""Name what can go wrong with a declaration.

OneMapError
└── LayerError
    ├── UnknownLayerError (KeyError)   no declaration of that id
    ├── DeclarationError (ValueError)  a declaration that contradicts itself
    ├── WorkflowError (RuntimeError)   a step that a row's state, or who asks, does not allow
    └── StandardError (ValueError)     what a standard's rule cannot be applied to
"""

from __future__ import annotations

from geo.errors import OneMapError


class LayerError(OneMapError):
    """Root of the errors of layers."""


class UnknownLayerError(LayerError, KeyError):
    """No layer of that id is declared."""

    def __init__(self, layer_id: str, known: tuple[str, ...]) -> None:
        self.layer_id = layer_id
        self.known = known
        super().__init__(layer_id)

    def __str__(self) -> str:
        return f"没有图层 There is no layer {self.layer_id!r}; 现有 known: {', '.join(self.known)}"


class DeclarationError(LayerError, ValueError):
    """A declaration that contradicts itself."""


class WorkflowError(LayerError, RuntimeError):
    """A step that a row's state, or who asks, does not allow; or that lacks something."""

    def __init__(self, message: str, *, state: str, move: str, field: str | None = None) -> None:
        super().__init__(message)
        self.state = state
        self.move = move
        self.field = field


class StandardError(LayerError, ValueError):
    """What a standard's rule cannot be applied to; it carries the field at fault, and the row where there are several."""

    def __init__(self, message: str, *, field: str | None = None, row: int | None = None) -> None:
        super().__init__(message)
        self.field = field
        self.row = row
