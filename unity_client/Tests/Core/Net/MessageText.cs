using System;
using System.Collections;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Reflection;
using System.Text;
using Ani3d.Messages;

namespace Ani3d.Tests
{
    /// <summary>Messages as scripts/messages/golden.py words them, found by reflection.</summary>
    internal static class MessageText
    {
        /// <summary>A message of a name.</summary>
        public static IMessage New(string name)
        {
            return (IMessage)Activator.CreateInstance(typeof(IMessage).Assembly.GetType("Ani3d.Messages." + name, true));
        }

        /// <summary>The text of a message.</summary>
        public static string Of(IMessage message)
        {
            var parts = new List<string>();
            foreach (var field in message.GetType().GetFields(BindingFlags.Public | BindingFlags.Instance))
            {
                var value = field.GetValue(message);
                var name = Snake(field.Name);
                if (value is IDictionary<string, string> map)
                {
                    parts.AddRange(map.Select(pair => $"{name}={Scalar(pair.Key)}:{Scalar(pair.Value)}"));
                }
                else if (Items(value) is IEnumerable<object> items)
                {
                    parts.AddRange(items.Select(item => $"{name}={One(item)}"));
                }
                else if (value != null && (Nullable.GetUnderlyingType(field.FieldType) != null || !IsZero(value)))
                {
                    parts.Add($"{name}={One(value)}");
                }
            }
            return "{" + string.Join(" ", parts) + "}";
        }

        private static IEnumerable<object> Items(object value)
        {
            if (value is IList list && !(value is ArraySegment<byte>))
            {
                return list.Cast<object>();
            }
            var type = value?.GetType();
            if (type == null || !type.IsGenericType || type.GetGenericTypeDefinition() != typeof(MessageList<>))
            {
                return null;
            }
            var count = (int)type.GetProperty("Count").GetValue(value);
            return Enumerable.Range(0, count).Select(i => type.GetProperty("Item").GetValue(value, new object[] { i }));
        }

        private static bool IsZero(object value)
        {
            switch (value)
            {
                case string text: return text.Length == 0;
                case ArraySegment<byte> bytes: return bytes.Count == 0;
                case double number: return BitConverter.DoubleToInt64Bits(number) == 0;
                case bool flag: return !flag;
                case IMessage _: return false;
                default: return Convert.ToDecimal(value, CultureInfo.InvariantCulture) == 0;
            }
        }

        private static string One(object value)
        {
            return value is IMessage message ? Of(message) : Scalar(value);
        }

        private static string Scalar(object value)
        {
            switch (value)
            {
                case string text: return "\"" + Hex(Encoding.UTF8.GetBytes(text)) + "\"";
                case ArraySegment<byte> bytes: return bytes.Count == 0 ? "-" : Hex(bytes.ToArray());
                case double number: return "d" + BitConverter.DoubleToInt64Bits(number).ToString("x16");
                case bool flag: return flag ? "1" : "0";
                default: return Convert.ToDecimal(value, CultureInfo.InvariantCulture).ToString(CultureInfo.InvariantCulture);
            }
        }

        private static string Hex(byte[] bytes)
        {
            return BitConverter.ToString(bytes).Replace("-", string.Empty).ToLowerInvariant();
        }

        private static string Snake(string name)
        {
            return string.Concat(name.Select((letter, i) => char.IsUpper(letter) && i > 0
                ? "_" + char.ToLowerInvariant(letter) : char.ToLowerInvariant(letter).ToString()));
        }
    }
}
