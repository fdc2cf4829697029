"""Every formula and bound of MS21, Theorem 4: the stated three terms, the pieces they come from, and the sharp version.

By default the table's symbols; each argument may be any expression, integer or fraction instead.  ``c`` bounds |σ|
along the run, ``N`` = n-k+1 counts the windows, ``eta`` is the step size, ``T`` the number of steps.  The bounds are on
the mean of the hinge losses L(h_t), over t = 0, ..., T-1 unless the name says otherwise.
"""
from __future__ import annotations

from sympy import Expr, Integer, Rational, cosh, sqrt

from theorycheck.bounds import lemma6_norms, lemma9, symbols
from theorycheck.bounds.concentration import ExpressionLike
from theorycheck.bounds.lemma6 import number_of_cells
from theorycheck.bounds.relation import as_expression


def paper_step_size(n: ExpressionLike = symbols.n, q: ExpressionLike = symbols.q,
                    T: ExpressionLike = symbols.T) -> Expr:
    """Return the step size sqrt(n)/(sqrt(q)*T) that the theorem asks for.

    Examples
    --------
    >>> paper_step_size(4, 9, 5)
    2/15
    """
    return sqrt(as_expression(n)) / (sqrt(as_expression(q)) * as_expression(T))


# ------------------------------------------------------------------ the stated bound

def first_term(n: ExpressionLike = symbols.n, k: ExpressionLike = symbols.k, q: ExpressionLike = symbols.q,
               c: ExpressionLike = symbols.c) -> Expr:
    """Return 2*c*n^2*k^2*2^k/q: how far Lemma 9 lets the loss of the separator move.

    Examples
    --------
    >>> first_term(3, 2, 288, 1)
    1
    """
    return 2 * as_expression(c) * as_expression(n)**2 * as_expression(k)**2 * number_of_cells(k) / as_expression(q)


def second_term(n: ExpressionLike = symbols.n, k: ExpressionLike = symbols.k, q: ExpressionLike = symbols.q) -> Expr:
    """Return 2*(2^k*k)^2/sqrt(q*n): the separator's norm in Theorem 10.

    Examples
    --------
    >>> second_term(4, 2, 64)
    8
    """
    return 2 * (number_of_cells(k) * as_expression(k))**2 / sqrt(as_expression(q) * as_expression(n))


def third_term(n: ExpressionLike = symbols.n, q: ExpressionLike = symbols.q, T: ExpressionLike = symbols.T,
               c: ExpressionLike = symbols.c) -> Expr:
    """Return c^2*n^(3/2)*sqrt(q)/T: the gradients' norms in Theorem 10.

    Examples
    --------
    >>> third_term(4, 9, 6, 1)
    4
    """
    return (as_expression(c)**2 * as_expression(n)**Rational(3, 2) * sqrt(as_expression(q))) / as_expression(T)


def stated_bound(n: ExpressionLike = symbols.n, k: ExpressionLike = symbols.k, q: ExpressionLike = symbols.q,
                 T: ExpressionLike = symbols.T, c: ExpressionLike = symbols.c) -> Expr:
    """Bound the mean loss by 2cn^2k^2 2^k/q + 2(2^k k)^2/sqrt(qn) + c^2 n^(3/2) sqrt(q)/T, as stated.

    Examples
    --------
    >>> stated_bound(4, 1, 16, 8, 1)
    9
    """
    return first_term(n, k, q, c) + second_term(n, k, q) + third_term(n, q, T, c)


# ------------------------------------------------------------------ the pieces of the proof, at any step size

def movement_piece(n: ExpressionLike = symbols.n, k: ExpressionLike = symbols.k, q: ExpressionLike = symbols.q,
                   T: ExpressionLike = symbols.T, eta: ExpressionLike = symbols.eta,
                   c: ExpressionLike = symbols.c) -> Expr:
    """Return c*eta^2*T^2*n*k*sqrt(q)*B with B = 2^(k+1)*k/sqrt(q): Lemma 9 at the norm of Lemma 6; q cancels.

    Examples
    --------
    >>> movement_piece(3, 2, 5, 10, Rational(1, 10), 1)
    96
    """
    return lemma9.loss_change_bound(n, k, q, T, eta, c, lemma6_norms.norm_bound(k, q))


def norm_piece(k: ExpressionLike = symbols.k, q: ExpressionLike = symbols.q, T: ExpressionLike = symbols.T,
               eta: ExpressionLike = symbols.eta) -> Expr:
    """Return B^2/(2*eta*T) with B = 2^(k+1)*k/sqrt(q), the norm of Lemma 6: Theorem 10's second term.

    Examples
    --------
    >>> norm_piece(1, 8, 2, Rational(1, 4))
    2
    """
    return lemma6_norms.squared_norm_bound(k, q) / (2 * as_expression(eta) * as_expression(T))


def gradient_norm_bound(q: ExpressionLike = symbols.q, N: ExpressionLike = symbols.N,
                        c: ExpressionLike = symbols.c) -> Expr:
    """Bound the norm of the gradient in u by c*sqrt(q*N): q*N entries of size at most c.

    Examples
    --------
    >>> gradient_norm_bound(8, 2, 1)
    4
    """
    return as_expression(c) * sqrt(as_expression(q) * as_expression(N))


def gradient_piece(n: ExpressionLike = symbols.n, q: ExpressionLike = symbols.q, eta: ExpressionLike = symbols.eta,
                   c: ExpressionLike = symbols.c) -> Expr:
    """Return eta*c^2*q*n: Theorem 10's last term, as stated, with n for N.

    Examples
    --------
    >>> gradient_piece(3, 8, Rational(1, 4), 1)
    6
    """
    return as_expression(eta) * gradient_norm_bound(q, n, c)**2


# ------------------------------------------------------------------ sharp versions

def sharp_movement_sum(T: ExpressionLike = symbols.T) -> Expr:
    """Return (T-1)*(T-2)/6, the mean of t(t-1)/2 over t = 0, ..., T-1.

    Examples
    --------
    >>> sharp_movement_sum(5)
    2
    """
    steps = as_expression(T)
    return (steps - 1) * (steps - 2) / 6


def sharp_bound(k: ExpressionLike = symbols.k, q: ExpressionLike = symbols.q, N: ExpressionLike = symbols.N,
                T: ExpressionLike = symbols.T, eta: ExpressionLike = symbols.eta, c: ExpressionLike = symbols.c,
                squared_norm: ExpressionLike | None = None) -> Expr:
    """Bound the mean loss over t < T by kcN*M*eta^2(T-1)(T-2)/6 + S/(2*eta*T) + (eta/2)c^2qN at any step size.

    S is ``squared_norm``, that of the separator (default: its bound on the event, 2*4^k*k^2/q), and M = 2^k*k its
    1-norm.

    Examples
    --------
    >>> sharp_bound(1, 2, 1, 5, 1, 1, 4)
    27/5
    """
    return (sharp_movement_rate(k, N, eta, c) * sharp_movement_sum(T) + sharp_norm_piece(k, q, T, eta, squared_norm)
            + as_expression(eta) / 2 * gradient_norm_bound(q, N, c)**2)


def sharp_bound_after_steps(k: ExpressionLike = symbols.k, q: ExpressionLike = symbols.q, N: ExpressionLike = symbols.N,
                            T: ExpressionLike = symbols.T, eta: ExpressionLike = symbols.eta,
                            c: ExpressionLike = symbols.c, squared_norm: ExpressionLike | None = None) -> Expr:
    """Bound the mean loss over t = 1, ..., T: the rounds 0, ..., T of which the first, where h = 0, costs exactly 1.

    Examples
    --------
    >>> sharp_bound_after_steps(1, 2, 1, 5, 1, 1, 4)
    47/5
    """
    steps = as_expression(T)
    gradients = as_expression(eta) / 2 * gradient_norm_bound(q, N, c)**2 * (steps + 1) / steps
    return (sharp_movement_rate(k, N, eta, c) * (steps**2 - 1) / 6 + sharp_norm_piece(k, q, T, eta, squared_norm)
            + gradients - 1 / steps)


def sharp_movement_rate(k: ExpressionLike = symbols.k, N: ExpressionLike = symbols.N,
                        eta: ExpressionLike = symbols.eta, c: ExpressionLike = symbols.c) -> Expr:
    """Return k*c*N*M*eta^2: how far Lemma 9 lets the loss of the separator move, for each unit of t(t-1)/2.

    Examples
    --------
    >>> sharp_movement_rate(1, 3, 1, 1)
    6
    """
    # Lemma 9 at T = 2, where T(T-1)/2 is 1.
    return lemma9.sharp_loss_change_bound(k, N, 2, eta, c, lemma6_norms.one_norm(k))


def sharp_norm_piece(k: ExpressionLike = symbols.k, q: ExpressionLike = symbols.q, T: ExpressionLike = symbols.T,
                     eta: ExpressionLike = symbols.eta, squared_norm: ExpressionLike | None = None) -> Expr:
    """Return S/(2*eta*T), S the separator's squared norm (default: its bound on the event, 2*4^k*k^2/q).

    Examples
    --------
    >>> sharp_norm_piece(1, 8, 2, Rational(1, 4))
    1
    """
    norm = lemma6_norms.sharp_squared_norm_bound(k, q) if squared_norm is None else as_expression(squared_norm)
    return norm / (2 * as_expression(eta) * as_expression(T))


def sharp_first_term(n: ExpressionLike = symbols.n, k: ExpressionLike = symbols.k, q: ExpressionLike = symbols.q,
                     N: ExpressionLike = symbols.N, c: ExpressionLike = symbols.c) -> Expr:
    """Return c*N*n*k^2*2^k/(6*q), for the stated 2*c*n^2*k^2*2^k/q.

    Examples
    --------
    >>> sharp_first_term(3, 2, 8, 2, 1)
    2
    """
    return first_term(1, k, q, c) * as_expression(n) * as_expression(N) / 12


def sharp_second_term(n: ExpressionLike = symbols.n, k: ExpressionLike = symbols.k,
                      q: ExpressionLike = symbols.q) -> Expr:
    """Return 4^k*k^2/sqrt(q*n), half the stated term.

    Examples
    --------
    >>> sharp_second_term(4, 2, 64)
    4
    """
    return Integer(4)**as_expression(k) * as_expression(k)**2 / sqrt(as_expression(q) * as_expression(n))


def sharp_third_term(n: ExpressionLike = symbols.n, q: ExpressionLike = symbols.q, N: ExpressionLike = symbols.N,
                     T: ExpressionLike = symbols.T, c: ExpressionLike = symbols.c) -> Expr:
    """Return c^2*N*sqrt(n*q)/(2*T), for the stated c^2*n^(3/2)*sqrt(q)/T.

    Examples
    --------
    >>> sharp_third_term(4, 9, 3, 6, 1)
    3/2
    """
    root = sqrt(as_expression(n) * as_expression(q))
    return as_expression(c)**2 * as_expression(N) * root / (2 * as_expression(T))


def sharp_event_bound(n: ExpressionLike = symbols.n, k: ExpressionLike = symbols.k, q: ExpressionLike = symbols.q,
                      N: ExpressionLike = symbols.N, T: ExpressionLike = symbols.T,
                      c: ExpressionLike = symbols.c) -> Expr:
    """Bound the mean loss over t < T at the paper's step size on the event: the three sharp terms.

    Examples
    --------
    >>> sharp_event_bound(4, 1, 16, 4, 8, 1)
    17/6
    """
    return sharp_first_term(n, k, q, N, c) + sharp_second_term(n, k, q) + sharp_third_term(n, q, N, T, c)


# ------------------------------------------------------------------ plain ReLU

def relu_constant(k: ExpressionLike = symbols.k, N: ExpressionLike = symbols.N, T: ExpressionLike = symbols.T,
                  eta: ExpressionLike = symbols.eta) -> Expr:
    """Return cosh(eta*T*sqrt(k*N))/k, which bounds plain ReLU on every pre-activation of the first T steps.

    With A the largest activation and U the largest readout entry, a step gives U <- U + eta*A and A <- A + eta*k*N*U,
    from A = 1/k and U = 0: after t steps A <= ((1+x)^t + (1-x)^t)/(2k) with x = eta*sqrt(k*N), at most cosh(x*t)/k.

    Examples
    --------
    >>> relu_constant(2, 3, 1, 0)
    1/2
    """
    reach = as_expression(eta) * as_expression(T) * sqrt(as_expression(k) * as_expression(N))
    return cosh(reach) / as_expression(k)


def paper_relu_constant(n: ExpressionLike = symbols.n, k: ExpressionLike = symbols.k, q: ExpressionLike = symbols.q,
                        N: ExpressionLike = symbols.N) -> Expr:
    """Return cosh(sqrt(k*N*n/q))/k, the same at the paper's step size, whatever T.

    Examples
    --------
    >>> paper_relu_constant(2, 1, 8, 4)
    cosh(1)
    """
    return cosh(sqrt(as_expression(k) * as_expression(N) * as_expression(n) / as_expression(q))) / as_expression(k)
