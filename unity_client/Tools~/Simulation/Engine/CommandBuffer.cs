// A command buffer that keeps what is recorded, and checks it as it is executed.
using System;
using System.Collections.Generic;

namespace UnityEngine.Rendering
{
    /// <summary>What a command does.</summary>
    public enum CommandKind
    {
        Dispatch, Draw, DrawIndirect, Target, Clear,
    }

    /// <summary>One recorded command, with the state that it was recorded in.</summary>
    public sealed class Command
    {
        public CommandKind Kind;
        public ComputeShader Shader;
        public int Kernel;
        public int X;
        public int Y;
        public Material Material;
        public int Pass;
        public RenderTargetIdentifier Target;
        public GraphicsBuffer Arguments;
        public uint Multiplier;
        public readonly Dictionary<int, double> Numbers = new Dictionary<int, double>();
        public readonly Dictionary<int, Vector4> Vectors = new Dictionary<int, Vector4>();
        public readonly Dictionary<int, Vector4[]> Arrays = new Dictionary<int, Vector4[]>();
        public readonly Dictionary<int, GraphicsBuffer> Buffers = new Dictionary<int, GraphicsBuffer>();
        public readonly Dictionary<int, Texture> Textures = new Dictionary<int, Texture>();

        /// <summary>Name of the kernel, or number of the pass.</summary>
        public string Name => Kind == CommandKind.Dispatch ? Shader.KernelName(Kernel) : Kind + " " + Pass;

        /// <summary>A number by its name.</summary>
        public double Number(string name)
        {
            return Numbers[UnityEngine.Shader.PropertyToID(name)];
        }

        /// <summary>A buffer by its name.</summary>
        public GraphicsBuffer Buffer(string name)
        {
            return Buffers[UnityEngine.Shader.PropertyToID(name)];
        }
    }

    public sealed class CommandBuffer : IDisposable
    {
        private readonly Dictionary<ComputeShader, Command> _states = new Dictionary<ComputeShader, Command>();
        private readonly List<Command> _commands = new List<Command>();
        private readonly Stack<Command> _free = new Stack<Command>();
        private RenderTargetIdentifier _target;
        private uint _multiplier = 1;
        private bool _isReleased;

        public CommandBuffer()
        {
            AliveCount++;
        }

        /// <summary>Every command that was executed, in order, where they are kept.</summary>
        public static List<Command> Executed { get; } = new List<Command>();

        /// <summary>Whether executed commands are kept; that takes memory.</summary>
        public static bool Keeps { get; set; }

        /// <summary>Called before each command is executed.</summary>
        public static Action<Command> Executing { get; set; }

        /// <summary>Buffers that were made and not released.</summary>
        public static int AliveCount { get; private set; }

        /// <summary>Dispatches that were executed.</summary>
        public static int DispatchCount { get; private set; }

        public string name { get; set; }

        public void Clear()
        {
            foreach (var command in _commands)
            {
                if (!Keeps)
                {
                    _free.Push(command);
                }
            }
            _commands.Clear();
            foreach (var state in _states.Values)
            {
                Forget(state);
            }
        }

        public void Release()
        {
            if (!_isReleased)
            {
                AliveCount--;
            }
            _isReleased = true;
        }

        public void Dispose()
        {
            Release();
        }

        public void BeginSample(string name)
        {
        }

        public void EndSample(string name)
        {
        }

        public void SetComputeIntParam(ComputeShader computeShader, int nameID, int val)
        {
            StateOf(computeShader).Numbers[nameID] = val;
        }

        public void SetComputeFloatParam(ComputeShader computeShader, int nameID, float val)
        {
            StateOf(computeShader).Numbers[nameID] = val;
        }

        public void SetComputeVectorParam(ComputeShader computeShader, int nameID, Vector4 val)
        {
            StateOf(computeShader).Vectors[nameID] = val;
        }

        public void SetComputeVectorArrayParam(ComputeShader computeShader, int nameID, Vector4[] values)
        {
            Copy(values, StateOf(computeShader).Arrays, nameID);
        }

        public void SetComputeBufferParam(ComputeShader computeShader, int kernelIndex, int nameID, GraphicsBuffer buffer)
        {
            // A kernel keeps its buffers; here kernels of one file share them, and each sets all of its own.
            StateOf(computeShader).Buffers[nameID] = buffer;
        }

        public void DispatchCompute(ComputeShader computeShader, int kernelIndex, int x, int y, int z)
        {
            if (x < 1 || x > 65535 || y < 1 || y > 65535 || z != 1)
            {
                throw new ArgumentOutOfRangeException(nameof(x), x, $"{computeShader.KernelName(kernelIndex)}: {x} x {y} x {z} groups");
            }
            var command = Add(CommandKind.Dispatch);
            var state = StateOf(computeShader);
            (command.Shader, command.Kernel, command.X, command.Y) = (computeShader, kernelIndex, x, y);
            Copy(state.Numbers, command.Numbers);
            Copy(state.Vectors, command.Vectors);
            foreach (var pair in state.Arrays)
            {
                Copy(pair.Value, command.Arrays, pair.Key);
            }
            Copy(state.Buffers, command.Buffers);
        }

        public void SetRenderTarget(RenderTargetIdentifier rt)
        {
            _target = rt;
        }

        public void SetRenderTarget(RenderTargetIdentifier color, RenderTargetIdentifier depth)
        {
            _target = color;
            Add(CommandKind.Target);
        }

        public void SetViewport(Rect pixelRect)
        {
        }

        public void ClearRenderTarget(RTClearFlags clearFlags, Color backgroundColor, float depth, uint stencil)
        {
            Add(CommandKind.Clear);
        }

        public void SetGlobalTexture(int nameID, RenderTargetIdentifier value)
        {
        }

        public void SetInstanceMultiplier(uint multiplier)
        {
            _multiplier = multiplier;
        }

        public void DrawProcedural(
            Matrix4x4 matrix, Material material, int shaderPass, MeshTopology topology, int vertexCount, int instanceCount,
            MaterialPropertyBlock properties)
        {
            Draw(CommandKind.Draw, material, shaderPass, properties);
        }

        public void DrawProceduralIndirect(
            Matrix4x4 matrix, Material material, int shaderPass, MeshTopology topology, GraphicsBuffer bufferWithArgs,
            int argsOffset, MaterialPropertyBlock properties)
        {
            Draw(CommandKind.DrawIndirect, material, shaderPass, properties).Arguments = bufferWithArgs;
        }

        /// <summary>What a device does with it.</summary>
        public void Execute()
        {
            if (_isReleased)
            {
                throw new ObjectDisposedException(name);
            }
            foreach (var command in _commands)
            {
                Executing?.Invoke(command);
                if (command.Kind == CommandKind.Dispatch)
                {
                    Check(command);
                    DispatchCount++;
                }
                else if (command.Kind == CommandKind.DrawIndirect || command.Kind == CommandKind.Draw)
                {
                    CheckDraw(command);
                }
                if (Keeps)
                {
                    Executed.Add(command);
                }
            }
        }

        private static void Check(Command command)
        {
            if (command.Shader.KernelName(command.Kernel).StartsWith("Sort", StringComparison.Ordinal))
            {
                // Kernels of one file declare all buffers together, and use some of them.
                foreach (var pair in command.Buffers)
                {
                    CheckBuffer(command, Shader.NameOf(pair.Key), pair.Value);
                }
                return;
            }
            foreach (var declared in command.Shader.Buffers)
            {
                if (!command.Buffers.TryGetValue(declared.Id, out var buffer))
                {
                    throw new InvalidOperationException($"{command.Name}: nothing is bound to {declared.Name}");
                }
                CheckBuffer(command, declared.Name, buffer);
                if (buffer.stride != declared.Stride)
                {
                    throw new InvalidOperationException($"{command.Name}: {declared.Name} has a stride of {buffer.stride}");
                }
                buffer.IsWritten |= declared.IsWritten;
            }
            foreach (var uniform in command.Shader.Uniforms)
            {
                if (!command.Numbers.ContainsKey(uniform) && !command.Vectors.ContainsKey(uniform)
                    && !command.Arrays.ContainsKey(uniform))
                {
                    throw new InvalidOperationException($"{command.Name}: {Shader.NameOf(uniform)} was not set");
                }
            }
        }

        private static void CheckDraw(Command command)
        {
            if (command.Multiplier != 1)
            {
                throw new InvalidOperationException($"{command.Name} is drawn {command.Multiplier} times");
            }
            foreach (var pair in command.Buffers)
            {
                CheckBuffer(command, Shader.NameOf(pair.Key), pair.Value);
            }
        }

        private static void CheckBuffer(Command command, string declared, GraphicsBuffer buffer)
        {
            if (buffer == null || !buffer.IsValid())
            {
                throw new InvalidOperationException($"{command.Name}: what is bound to {declared} was released");
            }
        }

        private Command Draw(CommandKind kind, Material material, int pass, MaterialPropertyBlock properties)
        {
            var command = Add(kind);
            (command.Material, command.Pass, command.Multiplier) = (material, pass, _multiplier);
            foreach (var pair in properties.Integers)
            {
                command.Numbers[pair.Key] = pair.Value;
            }
            foreach (var pair in properties.Vectors)
            {
                Copy(pair.Value, command.Arrays, pair.Key);
            }
            Copy(properties.Buffers, command.Buffers);
            Copy(properties.Textures, command.Textures);
            return command;
        }

        private Command Add(CommandKind kind)
        {
            var command = _free.Count > 0 && !Keeps ? _free.Pop() : new Command();
            Forget(command);
            (command.Kind, command.Target) = (kind, _target);
            _commands.Add(command);
            return command;
        }

        private Command StateOf(ComputeShader shader)
        {
            if (!_states.TryGetValue(shader, out var state))
            {
                _states[shader] = state = new Command();
            }
            return state;
        }

        private static void Forget(Command command)
        {
            command.Numbers.Clear();
            command.Vectors.Clear();
            command.Buffers.Clear();
            command.Textures.Clear();
        }

        private static void Copy<T>(Dictionary<int, T> from, Dictionary<int, T> to)
        {
            foreach (var pair in from)
            {
                to[pair.Key] = pair.Value;
            }
        }

        private static void Copy(Vector4[] values, Dictionary<int, Vector4[]> to, int nameID)
        {
            if (!to.TryGetValue(nameID, out var held) || held.Length != values.Length)
            {
                to[nameID] = held = new Vector4[values.Length];
            }
            values.CopyTo(held, 0);
        }
    }
}
