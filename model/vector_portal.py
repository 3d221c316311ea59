"""Simplified vector portal: masses and couplings free, to compare with other codes and to draw coupling planes."""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from typing import ClassVar, Literal

import numpy as np

from model.physics import domain
from model.physics.hidden_sector.charges import charged_leptons, dark_photon
from model.physics.hidden_sector.sampling_coordinates import PortalCoordinates
from model.physics.prediction import Prediction
from model.physics.quantities import COUPLING, MASS, MIXING, Array, DarkMatter, Parameter, Range, Spectrum
from model.physics.surroundings import Surroundings


@dataclass(frozen=True)
class Model:
    """Dark matter of mass m_dm and a vector U of mass m_u (docs/physics/model.md 3.3).

    Attributes
    ----------
    dark_matter : {"majorana", "scalar", "dirac"}
        Spin of the dark matter. The axial coupling of a Majorana particle needs a hidden Higgs boson in X X -> U U. The
        portal has none of its own; it is taken to be as heavy as U.
    visible : {"epsilon", "chiral"}
        ``epsilon``: U couples to electric charge times epsilon e (leptons and hadrons). ``chiral``: g_l and g_r are its
        couplings to left- and right-handed charged leptons, and neither neutrinos nor hadrons couple.
    """

    prediction: ClassVar[type[Prediction]] = Prediction
    dark_matter: Literal["majorana", "scalar", "dirac"] = "majorana"
    visible: Literal["epsilon", "chiral"] = "epsilon"

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """Parameters in the order of the chain."""
        shared = (
            Parameter("m_dm_mev", "MeV", r"m_{\rm DM}", MASS, "mass of the dark matter"),
            Parameter("m_u_mev", "MeV", "m_U", MASS, "mass of U"),
            Parameter("g_dm", "1", r"g_{\rm DM}", COUPLING, "coupling of U to the dark matter"),
        )
        if self.visible == "epsilon":
            return (*shared, Parameter("epsilon", "1", r"\epsilon", MIXING, "kinetic mixing with electromagnetism"))
        possible = Range(-COUPLING.high, COUPLING.high, reason="perturbation theory ends beyond")
        return (
            *shared,
            Parameter("g_l", "1", "g_L", possible, "coupling of U to left-handed charged leptons"),
            Parameter("g_r", "1", "g_R", possible, "coupling of U to right-handed charged leptons"),
        )

    def for_columns(self, names: AbstractSet[str]) -> "Model":
        """The model for points that name these parameters: ``visible`` is ``chiral`` if g_l or g_r is among them."""
        return replace(self, visible="chiral") if names & {"g_l", "g_r"} else self

    @property
    def sampling_coordinates(self) -> PortalCoordinates:
        """Coordinates in which the allowed region is nearly straight."""
        return PortalCoordinates()

    def predict(self, values: Mapping[str, Array], surroundings: Surroundings) -> Prediction:
        """Spectrum and couplings at n points; see ``Prediction`` for the observables."""
        inner, reason = domain.possible(self.parameters, values)
        m_dm, m_u, g_dm = (inner[name] for name in ("m_dm_mev", "m_u_mev", "g_dm"))
        if self.visible == "epsilon":
            couplings = dark_photon(g_dm, inner["epsilon"])
            strength = inner["epsilon"]
        else:
            g_l, g_r = inner["g_l"], inner["g_r"]
            couplings = charged_leptons(g_dm, g_l, g_r)
            strength = np.hypot(g_l, g_r)
        undefined = np.full_like(m_dm, np.nan)
        spectrum = Spectrum(m_dm=m_dm, m_u=m_u, m_rad=undefined, m_scalar=undefined)
        reason = domain.first_of(reason, domain.all_positive(strength - MIXING.low))
        return Prediction(
            values=values,
            reason=domain.checked(reason, spectrum, couplings, values, surroundings),
            dark_matter=DarkMatter.of(self.dark_matter, chiral=False),
            spectrum=spectrum,
            couplings=couplings,
            surroundings=surroundings,
        )
