namespace Autodiff.Tests.Emulator.Syntax;

/// <summary>Reads a module's text into its kernels.</summary>
internal sealed class PtxParser
{
    private const int SlotAlignment = 64;

    private readonly Lexer _lexer;
    private readonly List<(string Name, int Alignment, int Bytes)> _moduleShared = [];
    private readonly Stack<Dictionary<string, Register>> _scopes = new();
    private KernelSyntax _kernel = new("", 0);

    private PtxParser(string text) => _lexer = new Lexer(text);

    /// <summary>The kernels of a module.</summary>
    /// <exception cref="PtxException">The text is not what the interpreter knows.</exception>
    public static List<KernelSyntax> Parse(string text) => new PtxParser(text).Module();

    private List<KernelSyntax> Module()
    {
        List<KernelSyntax> kernels = [];
        while (!_lexer.AtEnd)
        {
            string word = _lexer.Take();
            switch (word)
            {
                case ".version" or ".target" or ".address_size":
                    _lexer.Take();
                    while (_lexer.TakeIf(','))
                    {
                        _lexer.Take();
                    }

                    break;
                case ".visible" or ".weak":
                    break;
                case ".extern":
                    Expect(".shared");
                    _moduleShared.Add(SharedDeclaration());
                    break;
                case ".shared":
                    _moduleShared.Add(SharedDeclaration());
                    break;
                case ".entry":
                    kernels.Add(Entry());
                    break;
                default:
                    throw _lexer.Error($"'{word}' is not known at the level of the module.");
            }
        }

        return kernels;
    }

    private KernelSyntax Entry()
    {
        int line = _lexer.Line;
        _kernel = new KernelSyntax(_lexer.Take(), line);
        foreach ((string name, int alignment, int bytes) in _moduleShared)
        {
            AddShared(name, alignment, bytes);
        }

        if (_lexer.TakeIf('('))
        {
            while (!_lexer.TakeIf(')'))
            {
                ParameterDeclaration();
                _lexer.TakeIf(',');
            }
        }

        while (!_lexer.Is('{'))
        {
            string directive = _lexer.Take();
            int product = 1;
            do
            {
                product *= _lexer.TakeCount();
            }
            while (_lexer.TakeIf(','));
            _kernel.MaxThreads = directive switch
            {
                ".maxntid" or ".reqntid" => product,
                ".minnctapersm" or ".maxnreg" => _kernel.MaxThreads,
                _ => throw _lexer.Error($"'{directive}' is not known before a kernel's body."),
            };
        }

        Block();
        BlockOrder.Apply(_kernel);
        foreach ((_, int alignment) in _kernel.ExternShared)
        {
            _kernel.SharedBytes = AlignUp(_kernel.SharedBytes, alignment);
        }

        foreach ((string name, _) in _kernel.ExternShared)
        {
            _kernel.Shared[name] = new SharedVariable(name, _kernel.SharedBytes);
        }

        return _kernel;
    }

    private void ParameterDeclaration()
    {
        Expect(".param");
        int alignment = 0;
        if (_lexer.Token == ".align")
        {
            _lexer.Take();
            alignment = _lexer.TakeCount();
        }

        ScalarType type = Type(_lexer.Take());
        while (_lexer.Token is ".ptr" or ".global" or ".shared" or ".align")
        {
            if (_lexer.Take() == ".align")
            {
                alignment = _lexer.TakeCount();
            }
        }

        string name = _lexer.Take();
        int offset = AlignUp(_kernel.ParameterBytes, Math.Max(type.Size(), _lexer.Is('[') ? alignment : 0));
        int count = 1;
        if (_lexer.TakeIf('['))
        {
            count = _lexer.TakeCount();
            _lexer.Expect(']');
        }

        _kernel.Parameters.Add(new Parameter(name, type, offset, count * type.Size()));
        _kernel.ParameterBytes = offset + (count * type.Size());
    }

    // { declarations, labels, instructions, blocks }
    private void Block()
    {
        _lexer.Expect('{');
        _scopes.Push(new Dictionary<string, Register>(StringComparer.Ordinal));
        while (!_lexer.TakeIf('}'))
        {
            if (_lexer.Is('{'))
            {
                Block();
            }
            else if (_lexer.Is('@'))
            {
                Instruction();
            }
            else if (_lexer.Token == ".reg")
            {
                RegisterDeclaration();
            }
            else if (_lexer.Token is ".shared" or ".extern")
            {
                if (_lexer.Take() == ".extern")
                {
                    Expect(".shared");
                }

                (string name, int alignment, int bytes) = SharedDeclaration();
                AddShared(name, alignment, bytes);
            }
            else if (_lexer.Token is ".pragma" or ".loc")
            {
                while (!_lexer.TakeIf(';'))
                {
                    _lexer.Take();
                }
            }
            else
            {
                LabelOrInstruction();
            }
        }

        _scopes.Pop();
    }

    private void RegisterDeclaration()
    {
        Expect(".reg");
        ScalarType type = Type(_lexer.Take());
        do
        {
            string name = _lexer.Take();
            if (_lexer.TakeIf('<'))
            {
                int count = _lexer.TakeCount();
                _lexer.Expect('>');
                for (int i = 0; i < count; i++)
                {
                    Declare($"{name}{i}", type);
                }
            }
            else
            {
                Declare(name, type);
            }
        }
        while (_lexer.TakeIf(','));
        _lexer.Expect(';');
    }

    private void Declare(string name, ScalarType type)
    {
        if (type.Size() == 1)
        {
            throw _lexer.Error("Registers have 16 bits at least; loads widen bytes.");
        }

        if (!_scopes.Peek().TryAdd(name, new Register(name, type, _kernel.RegisterBytes)))
        {
            throw _lexer.Error($"The register {name} is declared twice.");
        }

        int bytes = type == ScalarType.Pred ? sizeof(uint) : 32 * type.Size();
        _kernel.RegisterBytes += AlignUp(bytes, SlotAlignment);
        _kernel.RegisterWords += type == ScalarType.Pred ? 0 : Math.Max(type.Size() / 4, 1);
    }

    private (string Name, int Alignment, int Bytes) SharedDeclaration()
    {
        int alignment = 1;
        while (_lexer.Token == ".align")
        {
            _lexer.Take();
            alignment = _lexer.TakeCount();
        }

        ScalarType type = Type(_lexer.Take());
        string name = _lexer.Take();
        int bytes = type.Size();
        if (_lexer.TakeIf('['))
        {
            bytes = _lexer.Is(']') ? -1 : bytes * _lexer.TakeCount();
            _lexer.Expect(']');
        }

        _lexer.Expect(';');
        return (name, Math.Max(alignment, type.Size()), bytes);
    }

    private void AddShared(string name, int alignment, int bytes)
    {
        if (bytes < 0)
        {
            _kernel.ExternShared.Add((name, alignment)); // its offset is known when all others are
            return;
        }

        int offset = AlignUp(_kernel.SharedBytes, alignment);
        _kernel.Shared[name] = new SharedVariable(name, offset);
        _kernel.SharedBytes = offset + bytes;
    }

    private void LabelOrInstruction()
    {
        int line = _lexer.Line;
        string word = _lexer.Take();
        if (_lexer.TakeIf(':'))
        {
            if (!_kernel.Labels.TryAdd(word, _kernel.Statements.Count))
            {
                throw _lexer.Error($"The label {word} stands twice.");
            }

            return;
        }

        Instruction(line, null, word);
    }

    private void Instruction()
    {
        int line = _lexer.Line;
        _lexer.Expect('@');
        bool negated = _lexer.TakeIf('!');
        string name = _lexer.Take();
        Register register = FindRegister(name) is { Type: ScalarType.Pred } found
            ? found : throw _lexer.Error($"{name} is no predicate.");
        Instruction(line, new RegisterOperand(register, negated), _lexer.Take());
    }

    private void Instruction(int line, RegisterOperand? guard, string opcode)
    {
        List<Operand> operands = [];
        while (!_lexer.TakeIf(';'))
        {
            operands.Add(OperandOrPair());
            if (!_lexer.Is(';'))
            {
                _lexer.Expect(',');
            }
        }

        _kernel.Statements.Add(new Statement(line, guard, opcode, operands));
    }

    private Operand OperandOrPair()
    {
        Operand first = SingleOperand();
        return _lexer.TakeIf('|') ? new PairOperand(first, SingleOperand()) : first;
    }

    private Operand SingleOperand()
    {
        if (_lexer.TakeIf('['))
        {
            Operand origin = SingleOperand();
            long offset = 0;
            bool plus = _lexer.TakeIf('+');
            if (plus || _lexer.Is('-'))
            {
                offset = SingleOperand() is ImmediateOperand { Form: ImmediateForm.Integer } number
                    ? number.Bits : throw _lexer.Error("An address is [register + number].");
            }

            _lexer.Expect(']');
            return new AddressOperand(origin, offset);
        }

        if (_lexer.TakeIf('{'))
        {
            List<Operand> elements = [];
            do
            {
                elements.Add(SingleOperand());
            }
            while (_lexer.TakeIf(','));
            _lexer.Expect('}');
            return new VectorOperand(elements);
        }

        if (_lexer.TakeIf('!'))
        {
            return SingleOperand() is RegisterOperand { Negated: false, Register.Type: ScalarType.Pred } predicate
                ? predicate with { Negated = true } : throw _lexer.Error("Only a predicate can stand behind '!'.");
        }

        bool negative = _lexer.TakeIf('-');
        int line = _lexer.Line;
        string word = _lexer.Take();
        return negative || char.IsAsciiDigit(word[0]) ? Immediates.Parse(word, negative, line)
            : word == "_" ? new SinkOperand()
            : FindRegister(word) is { } register ? new RegisterOperand(register, false)
            : new NameOperand(word);
    }

    private Register? FindRegister(string name)
    {
        foreach (Dictionary<string, Register> scope in _scopes)
        {
            if (scope.TryGetValue(name, out Register? register))
            {
                return register;
            }
        }

        return null;
    }

    private ScalarType Type(string word) =>
        word[0] == '.' && ScalarTypes.Find(word[1..]) is { } type ? type : throw _lexer.Error($"'{word}' is no type.");

    private void Expect(string word)
    {
        string token = _lexer.Take();
        if (token != word)
        {
            throw _lexer.Error($"'{word}' was expected where '{token}' stands.");
        }
    }

    private static int AlignUp(int value, int alignment) => (value + alignment - 1) / alignment * alignment;
}
