// The numbers and refusals of an .a3d package.
// Generated from spec/format.toml and spec/refusals.toml by `make constants`; edit those.
using System.Collections.Generic;

namespace Ani3d
{
    /// <summary>The numbers of spec/format.toml.</summary>
    public static class FormatConstants
    {
        public static class Container
        {
            /// <summary>the first bytes of a package: \x89A3D\r\n\x1a\n</summary>
            public static readonly IReadOnlyList<int> Magic = new int[] { 137, 65, 51, 68, 13, 10, 26, 10 };
            /// <summary>a reader refuses any other</summary>
            public const int MajorVersion = 1;
            /// <summary>what a writer states; a reader takes any</summary>
            public const int MinorVersion = 0;
            /// <summary>length of the header, and the lowest offset of anything else</summary>
            public const int HeaderBytes = 64;
            /// <summary>sections begin at multiples of it</summary>
            public const int AlignmentBytes = 64;
            /// <summary>SHA-256</summary>
            public const int DigestBytes = 32;
            /// <summary>number of the clip in the entry of a section that belongs to the avatar</summary>
            public const int NoClip = -1;
            /// <summary>table of contents</summary>
            public const int MaxTableBytes = 67108864;
            /// <summary>entries of the table</summary>
            public const int MaxSections = 1000000;
            /// <summary>of one section, as stored and decoded</summary>
            public const int MaxSectionBytes = 1073741824;
            /// <summary>levels of maps and lists in msgpack</summary>
            public const int MaxDepth = 16;
            /// <summary>characters (code points) of a section's name, at least one</summary>
            public const int MaxNameChars = 64;
            /// <summary>clips of a package, numbered from 0</summary>
            public const int MaxClips = 65535;
            /// <summary>groups of frames of a clip, numbered from 0</summary>
            public const int MaxGroups = 1000000;
            /// <summary>number of an entropy codec</summary>
            public const int MaxCodec = 255;
            /// <summary>a checksum</summary>
            public const long MaxCrc32 = 4294967295;
        }

        public static class Manifest
        {
            /// <summary>of the section, as stored and decoded</summary>
            public const int MaxBytes = 16777216;
            /// <summary>characters (code points) of a text</summary>
            public const int MaxTextChars = 4096;
            /// <summary>characters (code points) of the name of a clip or joint</summary>
            public const int MaxNameChars = 200;
            /// <summary>keys of provenance</summary>
            public const int MaxProvenanceEntries = 256;
            /// <summary>a float: bounds and measured errors are 0 to this</summary>
            public const double MaxMeasure = 1000000.0;
            /// <summary>N, Gaussians of an avatar</summary>
            public const int MaxGaussians = 16000000;
            /// <summary>J, joints of its skeleton</summary>
            public const int MaxJoints = 256;
            /// <summary>degree of spherical harmonics</summary>
            public const int MaxShDegree = 3;
            /// <summary>levels of detail, at least one</summary>
            public const int MaxLevels = 16;
            /// <summary>the parts, in the order of their numbers</summary>
            public static readonly IReadOnlyList<string> Parts = new string[] { "skin", "face", "hair", "garment", "accessory" };
            /// <summary>correctives get an ancillary section of their own in a later minor version</summary>
            public const int MaxCorrectives = 0;
            /// <summary>frames of a group</summary>
            public const int MaxFramesPerGroup = 1024;
            /// <summary>frames_per_group times gaussian_count, where a clip has a residual layer</summary>
            public const int MaxGroupValues = 33554432;
            /// <summary>frames of a clip, at least one</summary>
            public const int MaxFrames = 10000000;
            /// <summary>frames a second, Hz</summary>
            public const double MinFps = 0.001;
            /// <summary>frames a second, Hz</summary>
            public const int MaxFps = 1000;
            /// <summary>markers of a clip</summary>
            public const int MaxMarkers = 65535;
            /// <summary>|coordinate of the travel of a looping clip| &lt;= this</summary>
            public const double MaxTravelM = 100000.0;
            /// <summary>|heading of the travel of a looping clip| &lt;= this</summary>
            public const double MaxHeadingRad = 3.1416;
        }

        public static class Skeleton
        {
            /// <summary>|coordinate| &lt;= this</summary>
            public const double MaxPositionM = 100000.0;
            /// <summary>a rest rotation's length differs from 1 by less</summary>
            public const double UnitTolerance = 1e-05;
        }

        public static class Package
        {
            /// <summary>integers, or bytes, that a section may decode to however short it is</summary>
            public const int FreeIntegers = 1048576;
            /// <summary>integers, or bytes, that it may decode to besides for each stored byte</summary>
            public const int IntegersPerByte = 32;
            /// <summary>integers of a Gaussian in splats.k but for 3 (sh_degree + 1)^2 harmonics</summary>
            public const int IntegersPerGaussian = 18;
            /// <summary>|v| &lt; this: positions, scales, harmonics, poses, residuals; package-not-finite</summary>
            public const double ValuesBelow = 100000.0;
        }

        public static class Entropy
        {
            /// <summary>the codecs, in the order of their numbers</summary>
            public static readonly IReadOnlyList<string> Codecs = new string[] { "raw", "rans", "lz4", "zstd" };
        }

        public static class Rans
        {
            /// <summary>frequencies of a table sum to 2 to this power</summary>
            public const int ProbabilityBits = 12;
            /// <summary>tables, where there is more than one</summary>
            public const int Contexts = 16;
            /// <summary>states; so many stretches of a row are coded side by side</summary>
            public const int Lanes = 8;
            /// <summary>columns of a stretch, at least</summary>
            public const int ShortestStretch = 32;
            /// <summary>a state below it takes in a word; the last state of each lane</summary>
            public const int LowerBound = 65536;
            /// <summary>a context is how many are &lt;= its weight</summary>
            public static readonly IReadOnlyList<int> ContextThresholds = new int[] { 1, 2, 3, 4, 5, 6, 8, 10, 13, 17, 23, 32, 46, 66, 96 };
        }

        public static class Lz4
        {
            /// <summary>the last match begins so many bytes before the end of what is decoded, or more</summary>
            public const int LastMatch = 12;
            /// <summary>so many bytes at the end, at least, are literals where there is a match</summary>
            public const int LastLiterals = 5;
        }

        public static class Leb128
        {
            /// <summary>of a number, in its shortest form</summary>
            public const int MaxBytes = 5;
        }

        public static class Table
        {
            /// <summary>low bits that are stored as they are</summary>
            public const int MaxShift = 24;
            /// <summary>the symbol that an escape is added to</summary>
            public const int Escape = 255;
        }

        public static class Floats
        {
            /// <summary>1: differences, 2: four planes of bytes</summary>
            public const int MaxMode = 3;
        }

        public static class Splats
        {
            /// <summary>version number that a section in whole steps begins with</summary>
            public const int RoundedLayout = 1;
            /// <summary>version number that a section without loss begins with</summary>
            public const int ExactLayout = 2;
            /// <summary>0 &lt; a step &lt; this</summary>
            public const int StepBelow = 1000;
            /// <summary>Q, at least 1: a component is a multiple of 1 / (Q sqrt 2)</summary>
            public const int MaxQuaternionUnits = 16384;
            /// <summary>|cell| &lt;= this: a mean, in steps from the corner of its stretch</summary>
            public const int MaxCell = 268435456;
            /// <summary>|v * scale step| &lt;= this: natural logarithm of a scale in metres</summary>
            public const int MaxLogScale = 20;
            /// <summary>|v| &lt;= this: harmonics, in steps</summary>
            public const int MaxColourSteps = 1048576;
            /// <summary>opacities are whole 255ths</summary>
            public const int OpacityUnits = 255;
            /// <summary>weights of joints are whole 4095ths</summary>
            public const int WeightUnits = 4095;
            /// <summary>joints and weights of a Gaussian</summary>
            public const int JointsPerGaussian = 4;
            /// <summary>layout 2: a quaternion's length differs from 1 by less</summary>
            public const double UnitTolerance = 0.001;
            /// <summary>a level of n of N Gaussians without an appearance: scales grow by (N / n) to this</summary>
            public const double LevelGrowthPower = 0.25;
        }

        public static class Appearance
        {
            /// <summary>version number that the section begins with</summary>
            public const int Layout = 1;
            /// <summary>0 &lt; a step &lt; this</summary>
            public const int StepBelow = 1000;
            /// <summary>|v| &lt;= this: displacements and colours, in steps</summary>
            public const int MaxSteps = 1048576;
            /// <summary>|v * scale step| &lt;= this: how the natural logarithm of a scale changes</summary>
            public const int MaxLogScale = 20;
            /// <summary>opacities are whole 63rds</summary>
            public const int OpacityUnits = 63;
        }

        public static class Order
        {
            /// <summary>version number that the section begins with</summary>
            public const int Layout = 1;
        }

        public static class Pose
        {
            /// <summary>version number that the section begins with</summary>
            public const int Layout = 1;
            /// <summary>0 &lt; a step &lt; this</summary>
            public const int StepBelow = 1;
            /// <summary>how often a row is summed along time</summary>
            public const int MaxOrder = 2;
            /// <summary>|v| &lt;= this: a finished value, in steps</summary>
            public const int MaxSteps = 1000000000;
        }

        public static class Model
        {
            /// <summary>version number that the section begins with</summary>
            public const int Layout = 2;
            /// <summary>M, control nodes</summary>
            public const int MaxNodes = 1024;
            /// <summary>what a cell of a node's rest position is worth, metres, as float32</summary>
            public const double RestStepM = 0.0001;
            /// <summary>|cell| &lt;= this</summary>
            public const int MaxRestCell = 67108864;
            /// <summary>nodes and weights of a hanging Gaussian</summary>
            public const int NodesPerGaussian = 4;
            /// <summary>weights of nodes are whole 127ths</summary>
            public const int WeightUnits = 127;
            /// <summary>nodes that another one is predicted from; the first three have none</summary>
            public const int NodeParents = 3;
            /// <summary>stages of tracks, at least one</summary>
            public const int MaxStages = 8;
            /// <summary>runs of the walk, at least one</summary>
            public const int MaxRuns = 32;
            /// <summary>tracks that another one is predicted from</summary>
            public const int TrackParents = 4;
            /// <summary>weights of parents of positions are whole 32nds</summary>
            public const int PositionWeightUnits = 32;
            /// <summary>weights of parents of rotations, log-scales and colours are whole 64ths</summary>
            public const int RotationWeightUnits = 64;
            /// <summary>|weight of a parent| &lt;= this, in units</summary>
            public const int MaxParentWeight = 127;
        }

        public static class Further
        {
            /// <summary>version number that the section begins with</summary>
            public const int Layout = 1;
        }

        public static class Nodes
        {
            /// <summary>version number that the section begins with</summary>
            public const int Layout = 1;
            /// <summary>0 &lt; a step &lt; this</summary>
            public const int StepBelow = 1000;
            /// <summary>|finished entry| &lt;= this</summary>
            public const int MaxEntry = 1073741824;
            /// <summary>|component of a rotation vector| &lt;= this, in every frame</summary>
            public const int MaxTurnRad = 100;
        }

        public static class Detail
        {
            /// <summary>version number that the section begins with</summary>
            public const int Layout = 1;
            /// <summary>K, different steps, at least one</summary>
            public const int MaxSteps = 64;
            /// <summary>|component of detail.rotation| &lt;= this, in every frame</summary>
            public const int MaxTurnRad = 100;
            /// <summary>|component of detail.scale| &lt;= this, in every frame</summary>
            public const int MaxLogScale = 20;
        }

        public static class Driver
        {
            /// <summary>version number that the section begins with</summary>
            public const int Layout = 1;
            /// <summary>K, kinds of nodes, at least one</summary>
            public const int MaxKinds = 16;
            /// <summary>L &lt;= this times M</summary>
            public const int MaxLinksPerNode = 64;
            /// <summary>Q</summary>
            public const int MaxCapsules = 256;
            /// <summary>P, filters</summary>
            public const int MaxPoles = 16;
            /// <summary>R, rows of what was learned</summary>
            public const int MaxLearned = 256;
            /// <summary>0 &lt; reach &lt;= this, metres</summary>
            public const int MaxReachM = 100;
            /// <summary>of a material, 1/s</summary>
            public const int MaxDampingHz = 1000;
            /// <summary>of a material, of the air</summary>
            public const int MaxDrag = 1000;
            /// <summary>of a material, metres</summary>
            public const int MaxThicknessM = 1;
            /// <summary>of a material</summary>
            public const int MaxFriction = 1;
            /// <summary>of a material</summary>
            public const int MaxShare = 1;
            /// <summary>weights of joints are whole 255ths</summary>
            public const int WeightUnits = 255;
            /// <summary>|component of a normal| &lt;= this</summary>
            public const int NormalUnits = 127;
            /// <summary>0 &lt; the step of where nodes hang &lt; this, metres</summary>
            public const int HangStepBelow = 1;
            /// <summary>|v| &lt;= this: where nodes hang and what was learned, in steps</summary>
            public const int MaxSteps = 1048576;
            /// <summary>codes of compliance, from 0</summary>
            public const int ComplianceCodes = 256;
            /// <summary>code k &gt; 0 is 2^(k / this + lowest octave) s²</summary>
            public const int ComplianceCodesPerOctave = 8;
            /// <summary>code k &gt; 0 is 2^(k / codes per octave + this) s²</summary>
            public const int ComplianceLowestOctave = -28;
            /// <summary>links are solved in the order of place times this, modulo 2^32</summary>
            public const long LinkOrderFactor = 2654435761;
            /// <summary>|coordinate of a capsule's end| &lt;= this</summary>
            public const double MaxCapsulePositionM = 10000.0;
            /// <summary>radius of a capsule's end</summary>
            public const int MaxCapsuleRadiusM = 10;
            /// <summary>0 &lt; frequency of a filter &lt;= this</summary>
            public const int MaxPoleHz = 60;
            /// <summary>0 &lt; damping ratio of a filter &lt;= this</summary>
            public const int MaxPoleDamping = 10;
            /// <summary>channels of features besides three for each tracked joint</summary>
            public const int RootChannels = 18;
            /// <summary>|mean of a feature| &lt;= this</summary>
            public const double MaxMean = 1000000000.0;
            /// <summary>a step of what was learned, from 0</summary>
            public const int MaxLearnedStep = 1000;
            /// <summary>the root is carried where it turns by so much more than at its last rate, radians</summary>
            public const double CarryTurnRad = 0.25;
            /// <summary>and by this times the step's seconds, radians</summary>
            public const int CarryTurnRadS = 15;
            /// <summary>or goes so much farther than at its last velocity, metres</summary>
            public const double CarryShiftM = 0.15;
            /// <summary>and this times the step's seconds, metres</summary>
            public const int CarryShiftMS = 9;
            /// <summary>or so much farther than in the step before, metres</summary>
            public const double CarryJumpM = 0.06;
            /// <summary>and this times the step's seconds, metres</summary>
            public const int CarryJumpMS = 3;
            /// <summary>a root that loses more than this right after it was carried begins anew, m/s</summary>
            public const int CarryStopMS = 3;
        }

        public static class Light
        {
            /// <summary>version number that a payload begins with</summary>
            public const int Layout = 1;
            /// <summary>kind of a frame that holds all numbers</summary>
            public const int Key = 0;
            /// <summary>kind of a frame that holds differences to the frame before</summary>
            public const int Change = 1;
            /// <summary>a frame's number counts on modulo this</summary>
            public const int FrameNumbers = 65536;
            /// <summary>the symbol that LEB128 digits are added to</summary>
            public const int Escape = 63;
            /// <summary>of each of the 256 symbols of the table of digits</summary>
            public const int UniformFrequency = 16;
            /// <summary>LEB128 digits of an escape</summary>
            public const int MaxEscapeDigits = 5;
            /// <summary>weight of a node without parents, besides its axes</summary>
            public const int OrphanWeight = 10;
            /// <summary>|number| &lt;= this, in steps</summary>
            public const int MaxNumber = 1073741824;
            /// <summary>0 &lt; a step &lt; this</summary>
            public const int StepBelow = 1000;
            /// <summary>z of each table</summary>
            public static readonly IReadOnlyList<int> ZeroShares = new int[] { 2149, 2271, 1943, 1783, 1618, 1477, 1320, 1159, 972, 803, 638, 483, 346, 239, 147, 67 };
            /// <summary>r of each table, in 256ths</summary>
            public static readonly IReadOnlyList<int> Ratios = new int[] { 118, 28, 50, 64, 78, 90, 106, 124, 138, 154, 172, 190, 206, 222, 236, 254 };
        }

        public static class Recipe
        {
            /// <summary>its field of that name</summary>
            public const int Version = 1;
            /// <summary>of the section, as stored and decoded</summary>
            public const int MaxBytes = 4194304;
            /// <summary>input files of a step</summary>
            public const int MaxInputs = 65535;
            /// <summary>maps and lists within settings</summary>
            public const int MaxDepth = 4;
            /// <summary>characters of a whole number</summary>
            public const int MaxDigits = 80;
        }

        /// <summary>Names of sections; Splats is followed by a level's number.</summary>
        public static class Section
        {
            public const string Manifest = "manifest";
            public const string Skeleton = "skeleton";
            public const string Splats = "splats.";
            public const string Appearance = "appearance.";
            public const string Model = "model";
            public const string Order = "order";
            public const string Driver = "driver";
            public const string Thumbnail = "thumbnail";
            public const string Recipe = "recipe";
            public const string Further = "further";
            public const string Pose = "pose";
            public const string Nodes = "nodes";
            public const string DetailPosition = "detail.position";
            public const string DetailRotation = "detail.rotation";
            public const string DetailScale = "detail.scale";
            public const string DetailColour = "detail.colour";
        
            /// <summary>Those that a reader of this version knows, critical or not.</summary>
            public static readonly IReadOnlyList<string> All = new[] { Manifest, Skeleton, Splats, Appearance, Model, Order, Driver, Thumbnail, Recipe, Further, Pose, Nodes, DetailPosition, DetailRotation, DetailScale, DetailColour };
        }
        
        /// <summary>Kinds of sections; "splats.k" stands for splats.0, splats.1, …</summary>
        public static readonly IReadOnlyList<SectionKind> Sections = new[]
        {
            new SectionKind("manifest", SectionScope.Package, false, true),
            new SectionKind("skeleton", SectionScope.Package, false, true),
            new SectionKind("splats.k", SectionScope.Package, false, true),
            new SectionKind("appearance.k", SectionScope.Package, false, true),
            new SectionKind("model", SectionScope.Package, true, true),
            new SectionKind("order", SectionScope.Package, false, true),
            new SectionKind("driver", SectionScope.Package, true, false),
            new SectionKind("thumbnail", SectionScope.Package, false, false),
            new SectionKind("recipe", SectionScope.Package, false, false),
            new SectionKind("further", SectionScope.Clip, true, true),
            new SectionKind("pose", SectionScope.Group, false, true),
            new SectionKind("nodes", SectionScope.Group, true, true),
            new SectionKind("detail.position", SectionScope.Group, true, true),
            new SectionKind("detail.rotation", SectionScope.Group, true, true),
            new SectionKind("detail.scale", SectionScope.Group, true, true),
            new SectionKind("detail.colour", SectionScope.Group, true, true),
        };
    }

    /// <summary>Codes that a reader or client meets, and the family of each.</summary>
    public static class RefusalCodes
    {
        /// <summary>the file begins with other bytes than a package</summary>
        public const string PackageWrongMagic = "package-wrong-magic";
        /// <summary>another major version</summary>
        public const string PackageFuture = "package-future";
        /// <summary>a critical section of a name that the reader does not know</summary>
        public const string PackageUnknownSection = "package-unknown-section";
        /// <summary>a section of a layout that the reader does not know</summary>
        public const string SectionVersion = "section-version";
        /// <summary>the file ends before the header says</summary>
        public const string PackageTruncated = "package-truncated";
        /// <summary>the file goes on behind the end that its header states, or the header is of another length</summary>
        public const string PackageLength = "package-length";
        /// <summary>the header fails its checksum</summary>
        public const string PackageHeaderDamaged = "package-header-damaged";
        /// <summary>the table of contents lies outside of the file, or is too long</summary>
        public const string PackageTocRange = "package-toc-range";
        /// <summary>the table of contents fails its checksum</summary>
        public const string PackageTocDamaged = "package-toc-damaged";
        /// <summary>the table of contents has another form, or an entry leaves its limits</summary>
        public const string PackageTocInvalid = "package-toc-invalid";
        /// <summary>a section overlaps another, lies out of order, unaligned, or beyond the end of the file</summary>
        public const string PackageSectionRange = "package-section-range";
        /// <summary>two sections of one name, clip and group</summary>
        public const string PackageSectionRepeated = "package-section-repeated";
        /// <summary>bytes between or behind sections that are not zero</summary>
        public const string PackagePadding = "package-padding";
        /// <summary>the digest is that of other content</summary>
        public const string PackageDigestWrong = "package-digest-wrong";
        /// <summary>a section that must be there is absent</summary>
        public const string SectionMissing = "section-missing";
        /// <summary>a section fails its checksum</summary>
        public const string SectionDamaged = "section-damaged";
        /// <summary>the manifest or the recipe is longer than a reader takes</summary>
        public const string SectionTooLarge = "section-too-large";
        /// <summary>a section ends early</summary>
        public const string SectionTruncated = "section-truncated";
        /// <summary>bytes after the end of a section's layout</summary>
        public const string SectionTrailing = "section-trailing";
        /// <summary>a count or length is out of range, a table of integers contradicts itself</summary>
        public const string SectionInvalid = "section-invalid";
        /// <summary>a float that is NaN or infinite</summary>
        public const string SectionNotFinite = "section-not-finite";
        /// <summary>an entropy codec of a number that there is not</summary>
        public const string EntropyUnknown = "entropy-unknown";
        /// <summary>a payload does not decode to the length that is known</summary>
        public const string EntropyCorrupt = "entropy-corrupt";
        /// <summary>decoded values that are NaN, infinite or absurdly large</summary>
        public const string PackageNotFinite = "package-not-finite";
        /// <summary>a field of the manifest is missing, of another type, out of range, or contradicts another</summary>
        public const string ManifestInvalid = "manifest-invalid";
        /// <summary>no tree of named joints, or a number that leaves its range</summary>
        public const string SkeletonInvalid = "skeleton-invalid";
        /// <summary>section order is no permutation, or its levels are not the manifest's</summary>
        public const string OrderInvalid = "order-invalid";
        /// <summary>a value of a level of detail leaves its range or contradicts the manifest</summary>
        public const string SplatsInvalid = "splats-invalid";
        /// <summary>a value of how a level of detail looks leaves its range</summary>
        public const string AppearanceInvalid = "appearance-invalid";
        /// <summary>a value of a pose leaves its range</summary>
        public const string PoseInvalid = "pose-invalid";
        /// <summary>a value of the residual model, or of a clip's further Gaussians, leaves its range</summary>
        public const string ModelInvalid = "model-invalid";
        /// <summary>a value of node motion leaves its range</summary>
        public const string NodesInvalid = "nodes-invalid";
        /// <summary>a value of detail leaves its range</summary>
        public const string DetailInvalid = "detail-invalid";
        /// <summary>a value of the driver leaves its range</summary>
        public const string DriverInvalid = "driver-invalid";
        /// <summary>a field of the recipe is missing, of another type, or out of range; found by who asks for the recipe</summary>
        public const string RecipeInvalid = "recipe-invalid";
        /// <summary>the library of an entropy codec is not installed</summary>
        public const string EntropyNotInstalled = "entropy-not-installed";
        /// <summary>a change of a frame that is not there</summary>
        public const string LightFrameMissed = "light-frame-missed";
        /// <summary>a payload does not decode</summary>
        public const string LightFrameCorrupt = "light-frame-corrupt";
        /// <summary>a payload of a newer layout</summary>
        public const string LightFrameVersion = "light-frame-version";
        /// <summary>a request of a live stream that is out of place</summary>
        public const string LiveBadCommand = "live-bad-command";
        /// <summary>a jitter buffer out of range</summary>
        public const string LiveBadJitterBuffer = "live-bad-jitter-buffer";
        /// <summary>an unknown option of a live stream</summary>
        public const string LiveBadOption = "live-bad-option";
        /// <summary>an id of a live session of other characters, or too long</summary>
        public const string LiveBadSessionId = "live-bad-session-id";
        /// <summary>a live session of that id exists</summary>
        public const string LiveSessionExists = "live-session-exists";
        /// <summary>a request of a playback that is out of place</summary>
        public const string PlayBadCommand = "play-bad-command";
        /// <summary>a frame rate out of range</summary>
        public const string PlayBadFrameRate = "play-bad-frame-rate";
        /// <summary>a mode of frames that is neither light nor full</summary>
        public const string PlayBadMode = "play-bad-mode";
        /// <summary>an unknown option of a playback</summary>
        public const string PlayBadOption = "play-bad-option";
        /// <summary>a loop that does not lie in the clip</summary>
        public const string PlayBadRange = "play-bad-range";
        /// <summary>a rate of 0 or out of range</summary>
        public const string PlayBadRate = "play-bad-rate";
        /// <summary>a client that has received more frames than were sent</summary>
        public const string PlayBadReport = "play-bad-report";
        /// <summary>a time outside of the clip</summary>
        public const string PlayBadTime = "play-bad-time";
        /// <summary>the address of a server is not host:port</summary>
        public const string ServiceBadAddress = "service-bad-address";
        /// <summary>a download is to go on behind the end of the package</summary>
        public const string ServiceOffsetBeyondEnd = "service-offset-beyond-end";
        /// <summary>a token would go over a connection that others can read</summary>
        public const string TokenInClear = "token-in-clear";
        /// <summary>no such file</summary>
        public const string FileNotFound = "file-not-found";
        /// <summary>a joint mapping names a joint that is not there</summary>
        public const string MappingUnknownJoint = "mapping-unknown-joint";
        /// <summary>a live pose with NaN or infinity</summary>
        public const string PoseNotFinite = "pose-not-finite";
        /// <summary>an avatar without legs of known names</summary>
        public const string RetargetNoLegs = "retarget-no-legs";
        /// <summary>joint names of no known style</summary>
        public const string RetargetUnknownJoints = "retarget-unknown-joints";
        /// <summary>the skeleton of a live source is no tree of joints</summary>
        public const string SourceInvalid = "source-invalid";
        /// <summary>no avatar of that name</summary>
        public const string AvatarNotFound = "avatar-not-found";
        /// <summary>no clip of that name</summary>
        public const string ClipNotFound = "clip-not-found";
        /// <summary>no live session of that id</summary>
        public const string LiveSessionNotFound = "live-session-not-found";
        /// <summary>no level of detail of that number</summary>
        public const string LodNotFound = "lod-not-found";
        /// <summary>a download cannot be written</summary>
        public const string DownloadNotWritten = "download-not-written";
        /// <summary>a file that cannot be read</summary>
        public const string FileUnreadable = "file-unreadable";
        /// <summary>a GPU that does not draw avatars, or shaders that are not there</summary>
        public const string GpuUnsupported = "gpu-unsupported";
        /// <summary>more live sessions than the principal may have</summary>
        public const string QuotaLiveSessions = "quota-live-sessions";
        /// <summary>more calls in progress than the principal may have</summary>
        public const string QuotaStreams = "quota-streams";
        /// <summary>the server has no room for another session</summary>
        public const string ServiceTooManySessions = "service-too-many-sessions";
        /// <summary>the live bus takes no connection</summary>
        public const string BusUnreachable = "bus-unreachable";
        /// <summary>the demo's server ended before it was ready</summary>
        public const string DemoServerEnded = "demo-server-ended";
        /// <summary>a server states a digest that is none, or changes it</summary>
        public const string DownloadBadDigest = "download-bad-digest";
        /// <summary>what was downloaded has another digest</summary>
        public const string DownloadDigestMismatch = "download-digest-mismatch";
        /// <summary>a server sends bytes out of order</summary>
        public const string DownloadOutOfOrder = "download-out-of-order";
        /// <summary>a package is larger than the client takes</summary>
        public const string DownloadTooLarge = "download-too-large";
        /// <summary>plain HTTP where the gateway has a WebSocket</summary>
        public const string GatewayNotAWebsocket = "gateway-not-a-websocket";
        /// <summary>the clock of this machine is far from that of a library's store</summary>
        public const string LibraryClockSkew = "library-clock-skew";
        /// <summary>no Ray cluster that can be joined</summary>
        public const string LibraryClusterUnreachable = "library-cluster-unreachable";
        /// <summary>no machine of the cluster is as large as a task needs</summary>
        public const string LibraryMachineSmall = "library-machine-small";
        /// <summary>another process does the task now</summary>
        public const string LibraryTaskHeld = "library-task-held";
        /// <summary>another publisher has taken the live session over</summary>
        public const string LiveFenced = "live-fenced";
        /// <summary>another publish key than the live session's</summary>
        public const string LiveWrongKey = "live-wrong-key";
        /// <summary>a client that has not said anything for too long</summary>
        public const string PlayClientSilent = "play-client-silent";
        /// <summary>a server sends a frame that is none</summary>
        public const string ServiceBadFrame = "service-bad-frame";
        /// <summary>a server sends a message that does not decode, or is too long</summary>
        public const string ServiceBadMessage = "service-bad-message";
        /// <summary>the call was cancelled</summary>
        public const string ServiceCancelled = "service-cancelled";
        /// <summary>the client takes nothing for too long</summary>
        public const string ServiceClientStalled = "service-client-stalled";
        /// <summary>the package was replaced on the server</summary>
        public const string ServiceDigestChanged = "service-digest-changed";
        /// <summary>the server is shutting down</summary>
        public const string ServiceDraining = "service-draining";
        /// <summary>the server failed without a code of its own</summary>
        public const string ServiceFailed = "service-failed";
        /// <summary>frames of a newer layout</summary>
        public const string ServiceFrameVersion = "service-frame-version";
        /// <summary>something else than an ani3d server</summary>
        public const string ServiceNotAni3d = "service-not-ani3d";
        /// <summary>the server has no room for the call</summary>
        public const string ServiceOverloaded = "service-overloaded";
        /// <summary>a file is another one while byte ranges of it are read</summary>
        public const string ServiceSourceChanged = "service-source-changed";
        /// <summary>the server does not answer in time</summary>
        public const string ServiceTimeout = "service-timeout";
        /// <summary>no agreement on TLS</summary>
        public const string ServiceTlsFailed = "service-tls-failed";
        /// <summary>nobody answers at the address</summary>
        public const string ServiceUnreachable = "service-unreachable";
        /// <summary>a store does not allow it</summary>
        public const string StoreDenied = "store-denied";
        /// <summary>a store that does not answer byte ranges</summary>
        public const string StoreNoRanges = "store-no-ranges";
        /// <summary>a store that does not answer</summary>
        public const string StoreUnreachable = "store-unreachable";
        /// <summary>the function or file that tokens come from fails</summary>
        public const string TokenUnavailable = "token-unavailable";
        /// <summary>a name that the gateway does not answer to</summary>
        public const string GatewayBadHost = "gateway-bad-host";
        /// <summary>a page of an origin that the gateway does not know</summary>
        public const string GatewayBadOrigin = "gateway-bad-origin";
        /// <summary>the caller is known, and may not do this</summary>
        public const string ScopeMissing = "scope-missing";
        /// <summary>a token that has expired</summary>
        public const string TokenExpired = "token-expired";
        /// <summary>a token that the server does not accept</summary>
        public const string TokenInvalid = "token-invalid";
        /// <summary>no token</summary>
        public const string TokenMissing = "token-missing";

        /// <summary>Readers agree on the family where several rules are broken.</summary>
        public static readonly IReadOnlyDictionary<string, string> FamilyOf = new Dictionary<string, string>
        {
            { PackageWrongMagic, "foreign" },
            { PackageFuture, "future" },
            { PackageUnknownSection, "future" },
            { SectionVersion, "future" },
            { PackageTruncated, "container" },
            { PackageLength, "container" },
            { PackageHeaderDamaged, "container" },
            { PackageTocRange, "container" },
            { PackageTocDamaged, "container" },
            { PackageTocInvalid, "container" },
            { PackageSectionRange, "container" },
            { PackageSectionRepeated, "container" },
            { PackagePadding, "container" },
            { PackageDigestWrong, "container" },
            { SectionMissing, "section" },
            { SectionDamaged, "section" },
            { SectionTooLarge, "section" },
            { SectionTruncated, "section" },
            { SectionTrailing, "section" },
            { SectionInvalid, "section" },
            { SectionNotFinite, "section" },
            { EntropyUnknown, "section" },
            { EntropyCorrupt, "section" },
            { PackageNotFinite, "section" },
            { ManifestInvalid, "section" },
            { SkeletonInvalid, "section" },
            { OrderInvalid, "section" },
            { SplatsInvalid, "section" },
            { AppearanceInvalid, "section" },
            { PoseInvalid, "section" },
            { ModelInvalid, "section" },
            { NodesInvalid, "section" },
            { DetailInvalid, "section" },
            { DriverInvalid, "section" },
            { RecipeInvalid, "section" },
            { EntropyNotInstalled, "codec-missing" },
            { LightFrameMissed, "light" },
            { LightFrameCorrupt, "light" },
            { LightFrameVersion, "light" },
            { LiveBadCommand, "usage" },
            { LiveBadJitterBuffer, "usage" },
            { LiveBadOption, "usage" },
            { LiveBadSessionId, "usage" },
            { LiveSessionExists, "usage" },
            { PlayBadCommand, "usage" },
            { PlayBadFrameRate, "usage" },
            { PlayBadMode, "usage" },
            { PlayBadOption, "usage" },
            { PlayBadRange, "usage" },
            { PlayBadRate, "usage" },
            { PlayBadReport, "usage" },
            { PlayBadTime, "usage" },
            { ServiceBadAddress, "usage" },
            { ServiceOffsetBeyondEnd, "usage" },
            { TokenInClear, "usage" },
            { FileNotFound, "input" },
            { MappingUnknownJoint, "input" },
            { PoseNotFinite, "input" },
            { RetargetNoLegs, "input" },
            { RetargetUnknownJoints, "input" },
            { SourceInvalid, "input" },
            { AvatarNotFound, "missing" },
            { ClipNotFound, "missing" },
            { LiveSessionNotFound, "missing" },
            { LodNotFound, "missing" },
            { DownloadNotWritten, "machine" },
            { FileUnreadable, "machine" },
            { GpuUnsupported, "machine" },
            { QuotaLiveSessions, "machine" },
            { QuotaStreams, "machine" },
            { ServiceTooManySessions, "machine" },
            { BusUnreachable, "connection" },
            { DemoServerEnded, "connection" },
            { DownloadBadDigest, "connection" },
            { DownloadDigestMismatch, "connection" },
            { DownloadOutOfOrder, "connection" },
            { DownloadTooLarge, "connection" },
            { GatewayNotAWebsocket, "connection" },
            { LibraryClockSkew, "connection" },
            { LibraryClusterUnreachable, "connection" },
            { LibraryMachineSmall, "connection" },
            { LibraryTaskHeld, "connection" },
            { LiveFenced, "connection" },
            { LiveWrongKey, "connection" },
            { PlayClientSilent, "connection" },
            { ServiceBadFrame, "connection" },
            { ServiceBadMessage, "connection" },
            { ServiceCancelled, "connection" },
            { ServiceClientStalled, "connection" },
            { ServiceDigestChanged, "connection" },
            { ServiceDraining, "connection" },
            { ServiceFailed, "connection" },
            { ServiceFrameVersion, "connection" },
            { ServiceNotAni3d, "connection" },
            { ServiceOverloaded, "connection" },
            { ServiceSourceChanged, "connection" },
            { ServiceTimeout, "connection" },
            { ServiceTlsFailed, "connection" },
            { ServiceUnreachable, "connection" },
            { StoreDenied, "connection" },
            { StoreNoRanges, "connection" },
            { StoreUnreachable, "connection" },
            { TokenUnavailable, "connection" },
            { GatewayBadHost, "access" },
            { GatewayBadOrigin, "access" },
            { ScopeMissing, "access" },
            { TokenExpired, "access" },
            { TokenInvalid, "access" },
            { TokenMissing, "access" },
        };
    }
}
