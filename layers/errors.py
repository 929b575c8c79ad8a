"""Name what can go wrong with a declaration.

OneMapError
└── LayerError
    ├── UnknownLayerError (KeyError)   no declaration of that id
    └── DeclarationError (ValueError)  a declaration that contradicts itself
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
