import type { Lexicon } from "../concept.ts";

export const turkish: Lexicon = {
  override:
    "uyma umursama yoksay yok_say görmezden_gel unut unutun dikkate_alma boşver aş es_geç umursama geçersiz_kıl göz_ardı takma",
  negation: "yok yokmuş olmadığı olmayan değil asla olmadan",
  instruction: "talimat* komut* kural* yönerge* prompt* istem* emir emirleri yapılandırma*",
  limit: "güvenlik* kısıtlama* sınırlama* filtre* sansür* sınır*",
  prior: "önceki yukarıdaki ilk daha_önceki başlangıç orijinal şimdiye_kadarki verilen",
  all: "tüm bütün hepsini her tamamını",
  disclose:
    "göster gösterin açıkla ifşa yazdır tekrarla söyle_bana paylaş bana_söyle ver yaz söyle nedir listele",
  say: "söyle yaz cevapla yanıtla yanıt_ver",
  only: "sadece yalnızca",
  system: "sistem* gizli iç dahili",
  secret: "şifre* parola* anahtar* sırrı api_anahtar*",
  you: "sen senin sana siz sizin kendi",
  model: "yapay_zeka asistan dil_modeli",
  persona:
    "gibi_davran canlandır hayal_et gibi_davran artık_sen sen_artık rol_yap rolünü_oyna şimdi_sen taklit_et davran artık",
  unrestricted:
    "sınırsız kısıtlamasız sansürsüz filtresiz kuralsız kısıtlama_olmadan kuralı_olmayan kısıtlaması_olmayan sınırı_olmayan hiçbir_kısıtlama hiçbir_kural hiçbir_sınır hiçbir_kuralı",
  ethics: "etik ahlak*",
  fromNow: "bundan_sonra şu_andan_itibaren artık bunun_yerine",
  fresh: "yeni aşağıdaki",
  important: "önemli dikkat acil",
  mode: "modu modunda",
  send: "gönder",
  conversation: "konuşma* mesaj* sohbet*",
  verbatim: "tersten liste kelimesi_kelimesine aynen harfi_harfine olduğu_gibi",
  authority: "yönetici* teknik_destek*",
  ownPrompt:
    "sistem_istem* sistem_prompt* sistem_talimat* gizli_talimat* ilk_talimat* talimatların talimatlarını talimatlarınız",
};

export const vietnamese: Lexicon = {
  override: "bỏ_qua quên phớt_lờ lờ_đi không_tuân_theo hãy_quên vượt_qua bỏ_mặc đừng_tuân_theo hủy_bỏ",
  negation: "không đừng chớ",
  instruction: "hướng_dẫn chỉ_thị chỉ_dẫn quy_tắc mệnh_lệnh lệnh prompt lời_nhắc quy_định luật_lệ cấu_hình",
  limit: "an_toàn hạn_chế giới_hạn bộ_lọc kiểm_duyệt",
  prior: "trước trước_đó trước_đây ở_trên phía_trên ban_đầu đã_cho bên_trên",
  all: "tất_cả mọi toàn_bộ hết",
  disclose:
    "tiết_lộ hiển_thị cho_tôi_biết cho_tôi_xem in_ra nói_cho_tôi lặp_lại đưa_ra cho_xem liệt_kê nhắc_lại chia_sẻ là_gì hiện",
  say: "nói viết trả_lời",
  only: "chỉ",
  system: "hệ_thống ẩn nội_bộ bí_mật",
  secret: "mật_khẩu khóa_api thông_tin_bí_mật khóa_bí_mật mã_bí_mật chìa_khóa",
  you: "bạn ngươi mày của_bạn",
  model: "trí_tuệ_nhân_tạo trợ_lý mô_hình_ngôn_ngữ",
  persona:
    "đóng_vai giả_vờ bây_giờ_bạn_là bạn_bây_giờ_là hãy_hành_động_như bạn_là_một từ_giờ_bạn_là giả_làm hãy_tưởng_tượng",
  unrestricted:
    "không_giới_hạn không_bị_hạn_chế không_có_giới_hạn không_bị_kiểm_duyệt không_hạn_chế không_có_quy_tắc không_bị_giới_hạn không_có_hạn_chế không_kiểm_duyệt không_có_bất_kỳ không_bị_ràng_buộc",
  ethics: "đạo_đức luân_lý",
  fromNow: "từ_bây_giờ kể_từ_bây_giờ thay_vào_đó từ_nay từ_giờ",
  fresh: "mới sau_đây",
  important: "quan_trọng chú_ý",
  mode: "chế_độ",
  send: "gửi",
  conversation: "cuộc_trò_chuyện tin_nhắn hội_thoại",
  verbatim: "ngược danh_sách nguyên_văn từng_chữ từng_từ",
  authority: "quản_trị_viên hỗ_trợ_kỹ_thuật",
  ownPrompt: "lời_nhắc_hệ_thống prompt_hệ_thống chỉ_thị_của_bạn hướng_dẫn_của_bạn",
};

export const indonesian: Lexicon = {
  override:
    "abaikan lupakan hiraukan lewati langgar acuhkan kesampingkan jangan_ikuti jangan_patuhi batalkan berhenti_mengikuti",
  negation: "jangan tidak tanpa tak",
  instruction:
    "instruksi* perintahmu aturanmu instruksi perintah aturan petunjuk prompt arahan pedoman peraturan konfigurasi",
  limit: "keamanan batasan pembatasan filter sensor larangan",
  prior: "awalmu sebelumnya sebelum di_atas awal terdahulu asli tadi semula",
  all: "semua seluruh segala segenap lengkap",
  disclose:
    "tampilkan tunjukkan ungkapkan beritahu bocorkan cetak ulangi sebutkan berikan katakan_padaku apa_isi apa_saja bagikan tuliskan keluarkan",
  say: "katakan tulis jawab balas",
  only: "hanya cuma",
  system: "rahasiamu sistem tersembunyi internal rahasia",
  secret: "kata_sandi sandi kunci_api kunci rahasia kredensial password",
  you: "kamu anda mu kau milikmu",
  model: "kecerdasan_buatan asisten model_bahasa",
  persona:
    "berpura_pura bertindak_sebagai berperan_sebagai kamu_sekarang anda_sekarang sekarang_kamu sekarang_anda bayangkan_kamu bertindaklah berpura_puralah berperanlah kamu_adalah berlagak",
  unrestricted:
    "tanpa_batasan tanpa_batas tanpa_sensor tanpa_filter tanpa_aturan tidak_terbatas tidak_dibatasi bebas_dari tanpa_pembatasan tidak_memiliki_batasan tak_terbatas",
  ethics: "etika moral ilegal",
  fromNow: "mulai_sekarang sebagai_gantinya",
  fresh: "baru berikut",
  important: "penting perhatian",
  mode: "mode",
  send: "kirim kirimkan",
  conversation: "percakapan pesan obrolan",
  verbatim: "terbalik daftar kata_demi_kata persis apa_adanya",
  authority: "administrator dukungan_teknis",
  ownPrompt: "prompt_sistem perintah_sistem instruksi_sistem instruksi_rahasia* instruksi_awal* instruksimu",
};

export const thai: Lexicon = {
  override: "เพิกเฉย ละเว้น ลืม ไม่ต้องสนใจ ไม่สนใจ มองข้าม ข้าม ละเลย",
  instruction: "คำสั่ง คำแนะนำ กฎ พรอมต์ ข้อกำหนด",
  limit: "ข้อจำกัด ตัวกรอง",
  prior: "ก่อนหน้า ข้างต้น เดิม ก่อนหน้านี้ ด้านบน เริ่มต้น",
  all: "ทั้งหมด ทุก",
  disclose: "แสดง เปิดเผย บอก พิมพ์ ทวน",
  system: "ระบบ ซ่อน ภายใน ลับ",
  secret: "รหัสผ่าน ความลับ คีย์",
  you: "คุณ เธอ",
  persona: "แสร้ง ทำตัวเป็น ตอนนี้คุณคือ สวมบทบาท",
  unrestricted: "ไม่มีข้อจำกัด ไร้ข้อจำกัด ไม่จำกัด ไม่มีกฎ",
};
