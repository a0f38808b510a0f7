using System;
using UnityEngine;

namespace Ani3d
{
    /// <summary>The root's steps over the ground, in the space of the avatar's object.</summary>
    internal sealed class AvatarSteps
    {
        /// <summary>The last step, metres.</summary>
        public Vector3 StepM { get; private set; }

        /// <summary>The last turn about the up axis, degrees as Unity counts them.</summary>
        public float TurnDegrees { get; private set; }

        /// <summary>Takes the step of a frame.</summary>
        /// <param name="step">of the player.</param>
        /// <param name="isOfClip">whether a clip is shown: other poses have their way in their root.</param>
        public void Take(GroundPlace step, bool isOfClip)
        {
            StepM = isOfClip ? UnitySpace.ToUnity(new Vec3(step.X, 0, step.Z)) : default;
            TurnDegrees = isOfClip ? (float)(EngineFrame.Heading(step.HeadingRad) * 180 / Math.PI) : 0;
        }

        /// <summary>Makes an object go along.</summary>
        public void Move(Transform transform)
        {
            transform.position += transform.TransformVector(StepM);
            transform.rotation *= Quaternion.AngleAxis(TurnDegrees, Vector3.up);
        }
    }
}
