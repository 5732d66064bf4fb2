using System.Net;

namespace Labs.Report;

/// <summary>The named symbols of <see cref="TexMath"/>.</summary>
internal static class TexSymbols
{
    /// <summary>A sixth of an em, as <c>\,</c>.</summary>
    public const string ThinSpace = "<mspace width=\"0.17em\"/>";

    /// <summary>As high as a line: browsers hang a root's sign from its bar, far below a low letter's foot.</summary>
    public const string Strut = "<mspace width=\"0\" height=\"0.8em\" depth=\"0.2em\"/>";

    private static readonly Dictionary<string, string> s_letters = new()
    {
        ["alpha"] = "α", ["beta"] = "β", ["gamma"] = "γ", ["delta"] = "δ", ["epsilon"] = "ε", ["varepsilon"] = "ε",
        ["zeta"] = "ζ", ["eta"] = "η", ["theta"] = "θ", ["kappa"] = "κ", ["lambda"] = "λ", ["mu"] = "μ", ["nu"] = "ν",
        ["xi"] = "ξ", ["pi"] = "π", ["rho"] = "ρ", ["sigma"] = "σ", ["tau"] = "τ", ["phi"] = "φ", ["varphi"] = "φ",
        ["chi"] = "χ", ["psi"] = "ψ", ["omega"] = "ω", ["Gamma"] = "Γ", ["Delta"] = "Δ", ["Theta"] = "Θ",
        ["Lambda"] = "Λ", ["Sigma"] = "Σ", ["Phi"] = "Φ", ["Psi"] = "Ψ", ["Omega"] = "Ω", ["ell"] = "ℓ",
        ["infty"] = "∞", ["partial"] = "∂", ["nabla"] = "∇", ["emptyset"] = "∅",
    };

    private static readonly Dictionary<string, string> s_operators = new()
    {
        ["cdot"] = "·", ["times"] = "×", ["div"] = "÷", ["pm"] = "±", ["circ"] = "∘", ["odot"] = "⊙", ["otimes"] = "⊗",
        ["le"] = "≤", ["leq"] = "≤", ["ge"] = "≥", ["geq"] = "≥", ["ne"] = "≠", ["neq"] = "≠", ["approx"] = "≈",
        ["equiv"] = "≡", ["sim"] = "∼", ["propto"] = "∝", ["ll"] = "≪", ["gg"] = "≫", ["to"] = "→",
        ["rightarrow"] = "→", ["leftarrow"] = "←", ["gets"] = "←", ["mapsto"] = "↦", ["Rightarrow"] = "⇒",
        ["in"] = "∈", ["notin"] = "∉", ["subset"] = "⊂", ["cup"] = "∪", ["cap"] = "∩", ["forall"] = "∀",
        ["exists"] = "∃", ["ldots"] = "…", ["dots"] = "…", ["cdots"] = "⋯", ["vdots"] = "⋮", ["ddots"] = "⋱",
        ["top"] = "⊤", ["mid"] = "|", ["lVert"] = "‖", ["rVert"] = "‖", ["|"] = "‖", ["langle"] = "⟨",
        ["rangle"] = "⟩", ["lfloor"] = "⌊", ["rfloor"] = "⌋", ["{"] = "{", ["}"] = "}", ["%"] = "%", ["_"] = "_",
        ["&"] = "&", ["$"] = "$", ["#"] = "#", ["ast"] = "∗", ["star"] = "⋆", ["oplus"] = "⊕",
    };

    private static readonly Dictionary<string, string> s_large = new()
    {
        ["sum"] = "∑", ["prod"] = "∏", ["bigcup"] = "⋃",
    };

    private static readonly HashSet<string> s_functions =
        ["sin", "cos", "tan", "tanh", "exp", "log", "ln", "arg", "det", "dim", "cosh", "sinh", "softmax", "relu"];

    private static readonly HashSet<string> s_limits = ["min", "max", "lim", "sup", "inf", "argmin", "argmax"];

    private static readonly Dictionary<string, string> s_spaces = new()
    {
        [","] = "0.17em", [":"] = "0.22em", [";"] = "0.28em", ["!"] = "-0.17em", [" "] = "0.25em", ["~"] = "0.25em",
        ["quad"] = "1em", ["qquad"] = "2em",
    };

    /// <summary>The element of a named symbol, and whether scripts stand under and over it when displayed.</summary>
    public static (string Html, bool Limits)? Find(string name)
    {
        if (s_letters.TryGetValue(name, out string? letter))
        {
            return ($"<mi>{letter}</mi>", false);
        }

        if (s_operators.TryGetValue(name, out string? symbol))
        {
            return (Fence(WebUtility.HtmlEncode(symbol)), false);
        }

        if (s_large.TryGetValue(name, out string? large))
        {
            return ($"<mo largeop=\"true\" movablelimits=\"false\">{large}</mo>", true);
        }

        if (name == "int")
        {
            return ("<mo largeop=\"true\">∫</mo>", false);
        }

        if (s_functions.Contains(name) || s_limits.Contains(name))
        {
            return ($"<mi mathvariant=\"normal\">{name}</mi>", s_limits.Contains(name));
        }

        return s_spaces.TryGetValue(name, out string? width) ? ($"<mspace width=\"{width}\"/>", false) : null;
    }

    /// <summary>An operator; brackets keep the size of a letter, as TeX's do without \left.</summary>
    public static string Fence(string text) =>
        text is "(" or ")" or "[" or "]" or "|" or "‖" or "{" or "}" or "⟨" or "⟩"
        ? $"<mo stretchy=\"false\">{text}</mo>"
        : $"<mo>{text}</mo>";

    public static string Accent(string name) => name switch
    {
        "hat" => "^",
        "tilde" => "~",
        "vec" => "→",
        "dot" => "˙",
        _ => "¯",
    };

    /// <summary>Letters of the blackboard and script alphabets; others stay as they are.</summary>
    public static string Alphabet(string alphabet, string letters) =>
        string.Concat(letters.Select(letter => (alphabet, letter) switch
    {
        ("mathbb", 'R') => "ℝ",
        ("mathbb", 'N') => "ℕ",
        ("mathbb", 'Z') => "ℤ",
        ("mathbb", 'E') => "𝔼",
        ("mathcal", 'L') => "ℒ",
        ("mathcal", 'N') => "𝒩",
        ("mathcal", 'D') => "𝒟",
        ("mathcal", 'O') => "𝒪",
        _ => WebUtility.HtmlEncode(letter.ToString()),
    }));
}
