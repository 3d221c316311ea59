"""Titles and authors of the papers that runs cite, by arXiv number.

Number, title and first author of 45 papers were compared with a second source: the page of the abstract, or a list of
references that has the number. Where a collaboration stands for the authors, it was compared in their place. The papers
of `FROM_MEMORY` were not: which number they have is from memory [M]. A program for references completes or corrects an
entry from its eprint. A paper that is not here keeps the words of the source that names it.
"""

from typing import NamedTuple


class Paper(NamedTuple):
    """Authors in the notation of BibTeX, title, and year of the preprint."""

    authors: str
    title: str
    year: int


FROM_MEMORY = frozenset({"2307.02404", "2109.03246", "2506.03069"})

PAPERS: dict[str, Paper] = {
    "0801.3686": Paper(
        "Hooper, Dan and Zurek, Kathryn M.", "A Natural Supersymmetric Model with MeV Dark Matter", 2008
    ),
    "astro-ph/0506026": Paper(
        "Knödlseder, J. and others", "The all-sky distribution of 511 keV electron-positron annihilation emission", 2005
    ),
    "0803.0586": Paper(
        "Dunkley, J. and others",
        "Five-Year Wilkinson Microwave Anisotropy Probe Observations: Likelihoods and Parameters from the WMAP data",
        2008,
    ),
    "0801.1134": Paper(
        "Hanneke, D. and Fogwell, S. and Gabrielse, G.",
        "New Measurement of the Electron Magnetic Moment and the Fine Structure Constant",
        2008,
    ),
    "1209.6083": Paper(
        "Andreas, Sarah and Niebuhr, Carsten and Ringwald, Andreas",
        "New Limits on Hidden Photons from Past Electron Beam Dumps",
        2012,
    ),
    "1104.2747": Paper(
        "Blümlein, Johannes and Brunner, Jürgen",
        "New Exclusion Limits for Dark Gauge Forces from Beam-Dump Data",
        2011,
    ),
    "1311.3870": Paper(
        "Blümlein, Johannes and Brunner, Jürgen",
        "New Exclusion Limits on Dark Gauge Forces from Proton Bremsstrahlung in Beam-Dump Data",
        2013,
    ),
    "1204.3583": Paper(
        "Gninenko, S. N.",
        "Constraints on sub-GeV hidden sector gauge bosons from a search for heavy neutrino decays",
        2012,
    ),
    "1908.07525": Paper(
        "Tsai, Yu-Dai and deNiverville, Patrick and Liu, Ming Xiong",
        "The High-Energy Frontier of the Intensity Frontier: Closing the Dark Photon, Inelastic Dark Matter, and Muon "
        "g-2 Windows",
        2019,
    ),
    "hep-ex/0509008": Paper(
        "{ALEPH, DELPHI, L3, OPAL, SLD and others}", "Precision Electroweak Measurements on the Z Resonance", 2005
    ),
    "1006.0973": Paper(
        "Hook, Anson and Izaguirre, Eder and Wacker, Jay G.", "Model Independent Bounds on Kinetic Mixing", 2010
    ),
    "1810.09466": Paper(
        "Eilers, Anna-Christina and Hogg, David W. and Rix, Hans-Walter and Ness, Melissa K.",
        "The Circular Velocity Curve of the Milky Way from 5 to 25 kpc",
        2018,
    ),
    "1807.06209": Paper("{Planck Collaboration}", "Planck 2018 results. VI. Cosmological parameters", 2018),
    "2209.13084": Paper(
        "Fan, X. and Myers, T. G. and Sukra, B. A. D. and Gabrielse, G.",
        "Measurement of the Electron Magnetic Moment",
        2022,
    ),
    "2506.03069": Paper(
        "{Muon g-2 Collaboration}",
        "Measurement of the Positive Muon Anomalous Magnetic Moment to 127 ppb",
        2025,
    ),
    "2505.21476": Paper(
        "Aliberti, R. and others", "The anomalous magnetic moment of the muon in the Standard Model: an update", 2025
    ),
    "1803.07748": Paper(
        "{NA64 Collaboration}",
        "Search for a Hypothetical 16.7 MeV Gauge Boson and Dark Photons in the NA64 Experiment at CERN",
        2018,
    ),
    "1912.11389": Paper(
        "{NA64 Collaboration}",
        "Improved limits on a hypothetical X(16.7) boson and a dark photon decaying into e+e- pairs",
        2019,
    ),
    "2312.12055": Paper("{NA62 Collaboration}", "Search for leptonic decays of dark photons at NA62", 2023),
    "2303.08666": Paper("{NA62 Collaboration}", "Search for dark photon decays to mu+mu- at NA62", 2023),
    "2308.05587": Paper("{FASER Collaboration}", "Search for Dark Photons with the FASER detector at the LHC", 2023),
    "1906.00176": Paper("{NA64 Collaboration}", "Dark matter search in missing energy events with NA64", 2019),
    "2307.02404": Paper("{NA64 Collaboration}", "Search for Light Dark Matter with NA64 at CERN", 2023),
    "1702.03327": Paper(
        "{BaBar Collaboration}",
        "Search for Invisible Decays of a Dark Photon Produced in e+e- Collisions at BaBar",
        2017,
    ),
    "1107.4580": Paper(
        "deNiverville, Patrick and Pospelov, Maxim and Ritz, Adam",
        "Observing a light dark matter beam with neutrino experiments",
        2011,
    ),
    "hep-ex/0101039": Paper(
        "{LSND Collaboration}", "Measurement of electron-neutrino electron elastic scattering", 2001
    ),
    "1406.2698": Paper(
        "Batell, Brian and Essig, Rouven and Surujon, Ze'ev",
        "Strong Constraints on Sub-GeV Dark Sectors from SLAC Beam Dump E137",
        2014,
    ),
    "1807.06137": Paper(
        "{MiniBooNE-DM Collaboration}",
        "Dark Matter Search in Nucleon, Pion, and Electron Channels from a Proton Beam Dump with MiniBooNE",
        2018,
    ),
    "1903.08767": Paper(
        "{NA62 Collaboration}", "Search for production of an invisible dark photon in pi0 decays", 2019
    ),
    "2209.13893": Paper(
        "{BESIII Collaboration}",
        "Search for invisible decays of a dark photon using e+e- annihilation data at BESIII",
        2022,
    ),
    "1504.00607": Paper("{NA48/2 Collaboration}", "Search for the dark photon in pi0 decays", 2015),
    "1509.00740": Paper(
        "{KLOE-2 Collaboration}",
        "Limit on the production of a low-mass vector boson in e+e- -> U gamma, U -> e+e- with the KLOE experiment",
        2015,
    ),
    "1404.5502": Paper(
        "Merkel, H. and others",
        "Search at the Mainz Microtron for Light Massive Gauge Bosons Relevant for the Muon g-2 Anomaly",
        2014,
    ),
    "1406.2980": Paper("{BaBar Collaboration}", "Search for a Dark Photon in e+e- Collisions at BaBar", 2014),
    "1108.2750": Paper(
        "{APEX Collaboration}",
        "Search for a New Gauge Boson in Electron-Nucleus Fixed-Target Scattering by the APEX Experiment",
        2011,
    ),
    "2109.03246": Paper(
        "Giovanetti, Cara and Lisanti, Mariangela and Liu, Hongwan and Ruderman, Joshua T.",
        "Joint Cosmic Microwave Background and Big Bang Nucleosynthesis Constraints on Light Dark Sectors with Dark "
        "Radiation",
        2021,
    ),
    "hep-ph/0402220": Paper(
        "Hooper, Dan and Wang, Lian-Tao", "Possible evidence for axino dark matter in the galactic bulge", 2004
    ),
    "hep-ph/0402178": Paper(
        "Picciotto, Charles and Pospelov, Maxim", "Unstable Relics as a Source of Galactic Positrons", 2004
    ),
    "astro-ph/0702587": Paper(
        "Finkbeiner, Douglas P. and Weiner, Neal",
        "Exciting Dark Matter and the INTEGRAL/SPI 511 keV signal",
        2007,
    ),
    "astro-ph/0309484": Paper(
        "Jean, P. and others",
        "Early SPI/INTEGRAL measurements of 511 keV line emission from the 4th quadrant of the Galaxy",
        2003,
    ),
    "1512.00325": Paper(
        "Siegert, Thomas and others", "Gamma-ray spectroscopy of Positron Annihilation in the Milky Way", 2015
    ),
    "astro-ph/0512411": Paper(
        "Beacom, John F. and Yüksel, Hasan", "Stringent Constraint on Galactic Positron Production", 2005
    ),
    "2109.03691": Paper(
        "Siegert, Thomas and others",
        "Measuring the smearing of the Galactic 511 keV signal: positron propagation or supernova kicks?",
        2021,
    ),
    "0803.0547": Paper(
        "Komatsu, E. and others",
        "Five-Year Wilkinson Microwave Anisotropy Probe Observations: Cosmological Interpretation",
        2008,
    ),
    "0704.0261": Paper(
        "Randall, Scott W. and Markevitch, Maxim and Clowe, Douglas and Gonzalez, Anthony H. and Bradač, Maruša",
        "Constraints on the Self-Interaction Cross-Section of Dark Matter from Numerical Simulations of the Merging "
        "Galaxy Cluster 1E 0657-56",
        2007,
    ),
    "0905.0003": Paper(
        "Galli, S. and Iocco, F. and Bertone, G. and Melchiorri, A.",
        "CMB constraints on Dark Matter models with large annihilation cross-section",
        2009,
    ),
    "1812.04130": Paper(
        "Parker, Richard H. and Yu, Chenghui and Zhong, Weicheng and Estey, Brian and Müller, Holger",
        "Measurement of the fine-structure constant as a test of the Standard Model",
        2018,
    ),
    "1611.03864": Paper(
        "Chang, Jae Hyeok and Essig, Rouven and McDermott, Samuel D.",
        "Revisiting Supernova 1987A Constraints on Dark Photons",
        2016,
    ),
}
