"""What the visible supersymmetric sector does to the hidden one, and what becomes of its lightest particle.

Input: couplings of the hidden sector at n points, and masses of the MSSM. Output: soft masses of the hidden scalar
beside the radiative one, the hidden Landau pole, and decays of the MSSM's lightest supersymmetric particle. The entry
is ``mssm``.
"""
